using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;
using Xunit;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>A request's own view of its session.</summary>
public sealed class SessionChangesTests
{
    private readonly SessionChanges _changes =
        new(SessionState.From([new SessionValue("cart", [1]), new SessionValue("name", [2, 2])]), maximumBytes: 100);

    [Fact]
    public void What_was_committed_is_what_later_changes_stand_on()
    {
        _changes.Set("cart", [3, 3, 3]);
        _changes.Set("colour", [4]);
        _changes.Remove("name");
        _changes.Accept(_changes.ToDelta());
        Assert.True(_changes.IsEmpty);
        Assert.Equal(["cart", "colour"], _changes.Keys);
        Assert.Equal([3, 3, 3], _changes.Find("cart"));
        _changes.Set("cart", [5]);
        _changes.Accept(_changes.ToDelta());
        _changes.Remove("colour");
        _changes.Discard();
        Assert.Equal([5], _changes.Find("cart"));
        Assert.Equal([4], _changes.Find("colour"));
        Assert.Null(_changes.Find("name"));
    }

    [Fact]
    public void A_commit_that_nobody_looks_behind_is_not_worked_out()
    {
        _changes.Set("cart", new byte[50]);
        SessionDelta delta = _changes.ToDelta();
        long before = GC.GetAllocatedBytesForCurrentThread();
        _changes.Accept(delta);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Throws<SessionTooLargeException>(() => _changes.Set("name", new byte[60]));
    }
}
