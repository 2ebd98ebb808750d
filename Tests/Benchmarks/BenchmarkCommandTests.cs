using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Compare;
using SessionCluster.Benchmarks.Micro;
using SessionCluster.Benchmarks.Report;
using SessionCluster.Benchmarks.Scale;
using SessionCluster.Benchmarks.Steps;

namespace SessionCluster.Tests.Benchmarks;

/// <summary>What the measurements make of their switches.</summary>
public sealed class BenchmarkCommandTests
{
    [Theory]
    [InlineData("--rounds must be a whole number, from 1 to 100, not 'x'", "--rounds", "x")]
    [InlineData("--seconds must be a whole number, from 1 to 600, not '1.5'", "--seconds", "1.5")]
    [InlineData("--sessions must be a whole number, from 100 to 1000000, not 'many'", "--sessions", "many")]
    [InlineData("--nodes must be from 2 to 16", "--nodes", "17")]
    [InlineData("--connections must be from 1 to 512", "--connections", "0")]
    [InlineData("--sessions must be from 100 to 1000000", "--sessions", "-1")]
    [InlineData("leave it out, or --seconds", "--quick", "--seconds", "1")]
    [InlineData("--sessions must be at most 200000 where 'shared'", "--sessions", "200001")]
    [InlineData("--store redis", "--sessions", "200001")]
    [InlineData("'memcached'", "--store", "memcached")]
    [InlineData("is not of the form", "--beside", "tomcat")]
    [InlineData("another column has that name", "--beside", "Backup=1;2;/write")]
    [InlineData("another column has that name", "--beside", "a=1;2;/write", "--beside", "a=3;4;/write")]
    public void A_comparison_that_is_not_possible_is_refused(string named, params string[] arguments) =>
        AssertRefused(CompareCommand.Create(), named, arguments);

    [Theory]
    [InlineData("--sessions", "200000")]
    [InlineData("--sessions", "1000000", "--modes", "none", "backup")]
    [InlineData("--sessions", "1000000", "--stages", "speed")]
    [InlineData("--sessions", "1000000", "--store", "redis")]
    public void As_many_sessions_as_every_mode_can_keep_are_possible(params string[] arguments) =>
        Assert.Empty(CompareCommand.Create().Parse(arguments).Errors);

    [Theory]
    [InlineData("--sessions must be from 100 to 1000000", "--sessions", "-5")]
    [InlineData("--sessions must be from 100 to 1000000", "--sessions", "0")]
    [InlineData("--sessions must be a whole number, from 100 to 1000000, not 'many'", "--sessions", "many")]
    [InlineData("leave it out, or --sessions", "--quick", "--sessions", "200")]
    public void Machines_of_no_sessions_have_no_steps(string named, params string[] arguments) =>
        AssertRefused(StepsCommand.Create(), named, arguments);

    [Fact]
    public async Task A_cluster_that_cannot_be_reached_is_refused_before_anything_starts()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        string beside = string.Create(
            CultureInfo.InvariantCulture, $"other={FreePorts.Next()};{FreePorts.Next()};/write");
        ParseResult parsed = CompareCommand.Create().Parse(["--quick", "--modes", "none", "--beside", beside]);
        int result = await parsed.InvokeAsync(
            new InvocationConfiguration { Output = output, Error = errors }, TestContext.Current.CancellationToken);

        Assert.Equal(1, result);
        Assert.StartsWith("--beside other, port ", errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("204 No Content", null)]
    [InlineData("404 Not Found", "POST /write was answered with 404")]
    public async Task A_cluster_beside_has_to_take_a_write(string status, string? complaint)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Task answered = AnswerAsync(listener, status, complaint is null ? 2 : 1);
        string? found = await Task.Run(
            new OtherCluster("other", [port], port, "/write").FindUnreachable, TestContext.Current.CancellationToken);
        await answered;

        Assert.Equal(complaint is null, found is null);
        Assert.Contains(complaint ?? "", found ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("compare")]
    [InlineData("scale")]
    [InlineData("micro")]
    public async Task A_folder_that_cannot_be_made_is_refused_in_one_line_before_anything_starts(string name)
    {
        string file = Path.GetTempFileName();
        try
        {
            Command command = name switch
            {
                "compare" => CompareCommand.Create(),
                "scale" => ScaleCommand.Create(),
                _ => MicroCommand.Create(),
            };
            using var output = new StringWriter();
            using var errors = new StringWriter();
            string folder = Path.Combine(file, "folder");
            int result = await command.Parse(["--quick", "--output", folder]).InvokeAsync(
                new InvocationConfiguration { Output = output, Error = errors, EnableDefaultExceptionHandler = false },
                TestContext.Current.CancellationToken);

            Assert.Equal(1, result);
            string said = Assert.Single(errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.StartsWith($"--output '{folder}': ", said, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_file_that_cannot_be_written_keeps_no_other_from_it()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        try
        {
            folder.CreateSubdirectory("first");
            IReadOnlyList<string> failures = OutputFolder.Write(
                folder.FullName, ("first", static () => "1"), ("second", static () => "2"));
            Assert.StartsWith("writing first: ", Assert.Single(failures), StringComparison.Ordinal);
            Assert.Equal("2", File.ReadAllText(Path.Combine(folder.FullName, "second")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task AnswerAsync(TcpListener listener, string status, int times)
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        for (int time = 0; time < times; time++)
        {
            using Socket client = await listener.AcceptSocketAsync(cancellationToken);
            await client.ReceiveAsync(new byte[4096], cancellationToken);
            string length = status.StartsWith("204", StringComparison.Ordinal) ? "" : "Content-Length: 0\r\n";
            byte[] answer = Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{length}\r\n");
            await client.SendAsync(answer, cancellationToken);
        }
    }

    private static void AssertRefused(Command command, string named, string[] arguments)
    {
        ParseResult parsed = command.Parse(arguments);

        Assert.Contains(parsed.Errors, error => error.Message.Contains(named, StringComparison.Ordinal));
    }
}
