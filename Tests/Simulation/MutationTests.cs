using SessionCluster.Simulation.Mutations;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// The tests of the tests: faults of the protocol that the swarm must find. The command 'mutations' tries all.
/// </summary>
public sealed class MutationTests
{
    private const int Seeds = 120;

    /// <summary>Of which one seed in a hundred and thirty makes the occasion.</summary>
    private const string Rare = "keep the own value where the other side has the later one";

    [Fact]
    public void Every_fault_of_the_catalogs_fits_the_sources()
    {
        foreach (Mutation mutation in (Mutation[])
            [
                .. MutationCatalog.All, .. RareMutations.All, .. StrangerMutations.All, .. OutsiderMutations.All,
                .. SidesMutations.All, .. ReaderMutations.All, .. AdversaryMutations.All,
                .. ReviewerMutations.All, .. PasserMutations.All, .. AuditorMutations.All,
                .. MemoryMutations.All,
            ])
        {
            string text = File.ReadAllText(Path.Combine(MutationCommand.Solution, "Replication", mutation.File));
            Assert.NotEqual(text, mutation.ApplyTo(text));
        }
    }

    [Theory]
    [InlineData("acknowledge before the backup")]
    [InlineData("acknowledge without applying")]
    [InlineData("decide without a quorum")]
    [InlineData("drop a copy on a mere record")]
    [InlineData("leave sessions unprotected")]
    [InlineData("call a lost session ended")]
    [InlineData(Rare)]
    [InlineData("call everything handed in taken")]
    [InlineData("ignore a stale configuration")]
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
    public void The_swarm_finds_the_fault(string name)
    {
        Mutation mutation = MutationCatalog.All.Concat(SidesMutations.All).Concat(OutsiderMutations.All)
            .Concat(RareMutations.All).Concat(ReaderMutations.All).Concat(AdversaryMutations.All)
            .Concat(ReviewerMutations.All).Concat(PasserMutations.All).Concat(AuditorMutations.All)
            .Concat(MemoryMutations.All).Single(known => known.Name == name);
        int seeds = name == Rare ? 2 * Seeds : Seeds;
        MutationResult result = MutationRun.Try(new MutantCompiler(MutationCommand.Solution), mutation, seeds);
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: seed {result.Seed}, {result.Failure}");
        Assert.True(result.IsFound, $"{name}: not found by {seeds} seeds");
    }
}
