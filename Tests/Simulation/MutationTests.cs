using SessionCluster.Simulation.Mutations;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// The tests of the tests: faults of the protocol that the swarm must find, from the main catalog. The command
/// 'mutations' tries all.
/// </summary>
public sealed class MutationTests
{
    private static readonly Mutation[] All =
    [
        .. MutationCatalog.All, .. RareMutations.All, .. StrangerMutations.All, .. OutsiderMutations.All,
        .. SidesMutations.All, .. ReaderMutations.All, .. AdversaryMutations.All,
        .. ReviewerMutations.All, .. PasserMutations.All, .. AuditorMutations.All,
        .. MemoryMutations.All, .. MaintainerMutations.All,
        .. ExaminerMutations.All, .. ExaminerDoubtMutations.All,
        .. InspectorMutations.All, .. InspectorSideMutations.All,
    ];

    private static readonly Lazy<MutantCompiler> Compiler = new(() => new MutantCompiler(MutationCommand.Solution));

    [Fact]
    public void Every_fault_of_the_catalogs_fits_the_sources()
    {
        foreach (Mutation mutation in All)
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
    [InlineData("ignore a stale configuration")]
    public void The_swarm_finds_the_fault(string name) => AssertIsFound(name);

    /// <summary>Lets the swarm look for one of all the faults.</summary>
    internal static void AssertIsFound(string name)
    {
        const int Seeds = 120;
        Mutation mutation = All.Single(known => known.Name == name);
        MutationResult result = MutationRun.Try(Compiler.Value, mutation, Seeds);
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: seed {result.Seed}, {result.Failure}");
        Assert.True(result.IsFound, $"{name}: not found by {Seeds} seeds");
    }
}
