using System.Globalization;
using System.Net.Http.Json;
using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;

namespace SessionCluster.Tests.Faults;

/// <summary>
/// One holder of a session stands still, and before anybody has noticed, the other one is killed: two faults within the
/// second that it takes to suspect a process. The copy that is left sleeps, and nobody may call the session lost.
/// </summary>
public abstract class SilentAndDeadScenes(FaultFixture fixture) : FaultScenes(fixture)
{
    private static readonly string[] All = [.. RunningCluster.NodeNames];

    /// <summary>Whether the others serve the session meanwhile, without what it has, as on a side of a division.</summary>
    private protected abstract bool ServesMeanwhile { get; }

    [Fact]
    public async Task What_was_answered_is_there_again_when_the_only_copy_wakes()
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, UseProxy = false });
        var visitor = new Visitor(http);
        var session = (await AddAsync(visitor, All[0], 1)).Seen!.Session;
        await AddAsync(visitor, All[0], 3);
        var row = (await Cluster.Table.ProtectedAsync([session], backups: 1)).Sessions.Single();
        var (silent, dead) = (row.Primary!, row.Backups.Single());
        var others = All.Except([silent, dead]).ToArray();
        var losses = await HearLossesAsync(others.Append(RunningCluster.Balancer));
        var begunBefore = SessionsBegunAnew;

        await using (var pause = await FreezeAsync(silent))
        {
            await using (await KillAsync(dead))
            {
                await InOneViewAsync(others);
                await AskMeanwhileAsync(visitor, session, others[0]);
            }
        }

        var after = await Eventually.SeeAsync(
            "the basket as it was answered",
            Patience.Protection,
            () => visitor.SendAsync(HttpMethod.Get, Cluster.AddressOf(others[1]), "/"),
            answer => answer.Seen?.Basket?.Count == (ServesMeanwhile ? 3 : 2));
        Assert.Equal((session, false), (after.Seen!.Session, after.IsLost));
        Assert.Equal(ServesMeanwhile ? 1 : 0, SessionsBegunAnew - begunBefore);
        await losses.EqualAsync(0);
    }

    private async Task AskMeanwhileAsync(Visitor visitor, string session, string node)
    {
        var read = await visitor.SendAsync(HttpMethod.Get, Cluster.AddressOf(node), "/");
        var answer = await AddAsync(visitor, node, 5);
        if (ServesMeanwhile)
        {
            Assert.Equal((session, true), (read.Seen?.Session, read.IsLost));
            Assert.Empty(read.Seen!.Basket!);

            // The page counts its views, so the session has been changed since, and it was said once.
            Assert.Equal((session, false), (answer.Seen?.Session, answer.IsLost));
            Assert.Equal("5", Assert.Single(answer.Seen!.Basket!).Item);
        }
        else
        {
            Assert.All([read, answer], refused =>
            {
                Assert.StartsWith("503", refused.Text, StringComparison.Ordinal);
                Assert.False(refused.IsLost);
            });
        }
    }

    private Task<Answer> AddAsync(Visitor visitor, string node, int item)
    {
        var line = new { item = item.ToString(CultureInfo.InvariantCulture), quantity = 1 };
        return visitor.SendAsync(HttpMethod.Post, Cluster.AddressOf(node), "/basket", JsonContent.Create(line));
    }
}

[Collection(nameof(FaultClusters))]
public sealed class MajoritySilentAndDeadScenes(MajorityFaultFixture fixture) : SilentAndDeadScenes(fixture)
{
    private protected override bool ServesMeanwhile => false;
}

/// <summary>The others cannot tell it from a division with both holders on its other side.</summary>
[Collection(nameof(FaultClusters))]
public sealed class AvailableSilentAndDeadScenes(AvailableFaultFixture fixture) : SilentAndDeadScenes(fixture)
{
    private protected override bool ServesMeanwhile => true;
}
