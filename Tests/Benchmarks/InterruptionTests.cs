using System.Text.Json;
using SessionCluster.Benchmarks;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Compare;
using SessionCluster.Benchmarks.Report;
using SessionCluster.Benchmarks.Scale;
using SessionCluster.Benchmarks.Steps;

namespace SessionCluster.Tests.Benchmarks;

/// <summary>What is left of a measurement that somebody ends: what it has measured, and none of its members.</summary>
public sealed class InterruptionTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("interruption-").FullName;

    [Theory]
    [InlineData("INT", 2)]
    [InlineData("HUP", 1)]
    public async Task Who_ends_a_comparison_gets_its_report_and_no_member_is_left(string signal, int number)
    {
        EndedRun.SkipWhereIgnored(number);
        EndedRun run = await EndedRun.OfAsync(
            signal, "^idle, 1 of 1: ", "compare", "--quick", "--modes", "none", "--stages", "speed",
            "--output", _folder);

        Assert.Equal(1, run.ExitCode);
        Assert.Matches(@"read, balancer +requests, 1/s +\d", run.Output);
        Assert.Contains($"FAILED: idle, 1 of 1: {Interruption.Notice}", run.Output, StringComparison.Ordinal);
        using JsonDocument results = JsonDocument.Parse(
            await File.ReadAllTextAsync(
                Path.Combine(_folder, "compare.json"), TestContext.Current.CancellationToken));
        Assert.True(results.RootElement.GetProperty("measures").GetArrayLength() > 0);

        // Three nodes and two balancers.
        Assert.Equal(5, run.Members);
        Assert.Equal(0, run.Left);
    }

    [Theory]
    [InlineData("INT", 2)]
    [InlineData("TERM", 15)]
    public async Task Who_ends_scale_gets_the_sizes_that_are_done(string signal, int number)
    {
        EndedRun.SkipWhereIgnored(number);
        EndedRun run = await EndedRun.OfAsync(signal, @"^\d+ nodes: [2-9]\d%", "scale", "--output", _folder);

        Assert.Equal(1, run.ExitCode);
        Assert.Matches(@"– messages a node +[\d.]+ +[\d.]+ .* –", run.Output);
        Assert.Matches($@"FAILED: \d+ nodes: {Interruption.Notice}", run.Output);
        using JsonDocument results = JsonDocument.Parse(
            await File.ReadAllTextAsync(
                Path.Combine(_folder, "scale.json"), TestContext.Current.CancellationToken));
        JsonElement written = results.RootElement.GetProperty("measures").EnumerateArray()
            .Single(static measure => measure.GetProperty("section").GetString() == "write"
                && measure.GetProperty("name").GetString() == "messages").GetProperty("values");
        Assert.True(written.TryGetProperty("2", out JsonElement _));
        Assert.False(written.TryGetProperty("64", out JsonElement _));
    }

    [Fact]
    public async Task Who_ends_micro_gets_what_was_measured()
    {
        const int Terminate = 15;
        EndedRun.SkipWhereIgnored(Terminate);
        EndedRun run = await EndedRun.OfAsync("TERM", @": [2-9]\d%", "micro", "--output", _folder);

        Assert.Equal(1, run.ExitCode);
        Assert.Matches(@"'commit of 1 KiB, both sides' .* ns ", run.Output);
        Assert.Matches(@"\| +NA \|", run.Output);
        Assert.Contains($"FAILED: {Interruption.Notice}", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_size_that_is_ended_is_the_last()
    {
        using var end = new CancellationTokenSource();
        var run = new ScaleRun(new ScaleOptions { Sizes = [2, 3, 4], Sessions = 20 });
        run.Run(
            doing =>
            {
                if (doing.StartsWith('3'))
                {
                    end.Cancel();
                }
            },
            end.Token);

        Assert.Equal($"3 nodes: {Interruption.Notice}", Assert.Single(run.Failures));
        Assert.All(run.Growths, static growth => Assert.Equal([2], growth.Values.Keys));
        Assert.NotEmpty(run.Growths);
    }

    [Fact]
    public void A_phase_that_is_ended_is_the_last()
    {
        using var end = new CancellationTokenSource();
        var run = new StepsRun(new StepsOptions().Quick());
        run.Run(
            doing =>
            {
                if (doing == "they rest")
                {
                    end.Cancel();
                }
            },
            end.Token);

        Assert.Equal([$"they rest: {Interruption.Notice}"], run.Failures);
        Assert.Equal(
            ["While 1000 sessions are created", "In 0.17 minutes of rest (FAILED)"],
            run.Tables.Select(static table => table.Title));
    }

    /// <summary>Ctrl+C reaches every process of the terminal.</summary>
    [Fact]
    public async Task What_a_run_that_is_ended_meets_at_its_members_is_no_failure()
    {
        using var end = new CancellationTokenSource();
        var findings = new Findings(["none"]);
        var attempts = new Attempts(findings, static _ => { }, end.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attempts.TryAsync("none: speed", () =>
        {
            end.Cancel();
            throw new MemberException("node1 ended by itself with code 0", "");
        }));
        Assert.Empty(findings.Failures);
    }

    [Fact]
    public void A_terminal_that_is_gone_is_not_written_to()
    {
        using var terminal = new ClosedTerminal();
        using var writer = new LastingWriter(terminal);
        writer.Write("all ");
        terminal.IsClosed = true;
        writer.Write("that");
        writer.Write('?');
        writer.WriteLine("there is");
        writer.Flush();

        Assert.Equal("all ", terminal.ToString());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private sealed class ClosedTerminal : StringWriter
    {
        public bool IsClosed { get; set; }

        public override void Write(char value)
        {
            ThrowIfClosed();
            base.Write(value);
        }

        public override void Write(string? value)
        {
            ThrowIfClosed();
            base.Write(value);
        }

        public override void Write(char[] buffer, int index, int count)
        {
            ThrowIfClosed();
            base.Write(buffer, index, count);
        }

        public override void Flush() => ThrowIfClosed();

        private void ThrowIfClosed()
        {
            if (IsClosed)
            {
                throw new IOException("Input/output error");
            }
        }
    }
}
