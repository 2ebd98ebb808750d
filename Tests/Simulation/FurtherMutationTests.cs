namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Faults from the other catalogs that the swarm must find: a class of their own, so that both cores look for faults.
/// </summary>
public sealed class FurtherMutationTests
{
    [Theory]
    [InlineData("call everything handed in taken")]
    [InlineData("remember thirty-two outcomes only")]
    [InlineData("serve before the promotion is recorded")]
    [InlineData("use a counter again that came to nothing")]
    [InlineData("found a second cluster")]
    [InlineData("serve alone without asking who knows more")]
    [InlineData("call unknown after a promise")]
    [InlineData("remember no answer of a request")]
    [InlineData("leave the silent out of an attempt")]
    [InlineData("ask after no copy that differs")]
    [InlineData("keep an orphan for ever")]
    [InlineData("leave what follows a message")]
    public void The_swarm_finds_the_fault(string name) => MutationTests.AssertIsFound(name);
}
