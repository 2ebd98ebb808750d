using System.Diagnostics;
using System.Globalization;

namespace SessionCluster.Tests.Faults.Partitions;

/// <summary>
/// A network namespace for each member, all on one bridge that this process is on as well: the test reaches every
/// member whatever the members do not reach. A direction is cut by giving the sender a wrong hardware address of the
/// receiver, so that what it sends vanishes without a word. A refused connection would prove a death.
/// </summary>
internal sealed class NetworkNamespaces : IAsyncDisposable
{
    private const string Nobody = "02:5c:ff:ff:ff:ff";
    private static int _made;

    private readonly string _prefix;
    private readonly string _subnet;
    private readonly IReadOnlyList<string> _members;

    private NetworkNamespaces(IReadOnlyList<string> members)
    {
        // The kernel takes a namespace down some time after it was deleted; until then its names are not free.
        int number = Interlocked.Increment(ref _made);
        _members = members;
        _prefix = string.Create(CultureInfo.InvariantCulture, $"sc{Environment.ProcessId}n{number}");
        _subnet = string.Create(
            CultureInfo.InvariantCulture, $"198.18.{((Environment.ProcessId + number) % 250) + 1}");
    }

    /// <summary>Makes them.</summary>
    /// <exception cref="NetworkRefusedException">The machine does not allow it.</exception>
    public static async Task<NetworkNamespaces> CreateAsync(IReadOnlyList<string> members)
    {
        var made = new NetworkNamespaces(members);
        try
        {
            await made.SetUpAsync();
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    public string NamespaceOf(string member) => $"{_prefix}-{member}";

    public string AddressOf(string member) =>
        string.Create(CultureInfo.InvariantCulture, $"{_subnet}.{NumberOf(member)}");

    /// <summary>Cuts all that is between different groups. Who is in no group is alone.</summary>
    public Task PartitionAsync(params string[][] groups) => Task.WhenAll(_members.Select(from => RouteAsync(
        from, to => groups.Any(group => group.Contains(from) && group.Contains(to)))));

    /// <summary>Lets nothing pass from one member to another; the other direction stays.</summary>
    public Task CutOneWayAsync(string from, string to) => RouteAsync(from, other => other != to);

    /// <summary>Lets everybody reach everybody.</summary>
    public Task HealAsync() => PartitionAsync([.. _members]);

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _members)
        {
            await TryAsync("netns", "delete", NamespaceOf(member));
        }

        await TryAsync("link", "delete", _prefix);
    }

    private async Task SetUpAsync()
    {
        await RunAsync("", "link", "add", _prefix, "type", "bridge");
        await RunAsync("", "address", "add", $"{_subnet}.254/24", "dev", _prefix);
        await RunAsync("", "link", "set", _prefix, "up");
        foreach (var member in _members)
        {
            var space = NamespaceOf(member);
            var port = string.Create(CultureInfo.InvariantCulture, $"{_prefix}v{NumberOf(member)}");
            await RunAsync("", "netns", "add", space);
            await RunAsync(
                "", "link", "add", port, "type", "veth", "peer", "name", "eth0", "address", HardwareOf(member),
                "netns", space);
            await RunAsync("", "link", "set", port, "master", _prefix, "up");
            await RunAsync("", "-n", space, "link", "set", "lo", "up");
            await RunAsync("", "-n", space, "address", "add", $"{AddressOf(member)}/24", "dev", "eth0");
            await RunAsync("", "-n", space, "link", "set", "eth0", "up");
        }

        await HealAsync();
    }

    /// <summary>Says whom a member reaches. Fixed entries: no resolution of addresses gets in between.</summary>
    private Task RouteAsync(string from, Func<string, bool> reaches)
    {
        var entries = _members.Where(to => to != from).Select(to =>
            $"neighbour replace {AddressOf(to)} dev eth0 nud permanent "
            + $"lladdr {(reaches(to) ? HardwareOf(to) : Nobody)}\n");
        return RunAsync(string.Concat(entries), "-n", NamespaceOf(from), "-batch", "-");
    }

    private int NumberOf(string member) => _members.ToList().IndexOf(member) + 1;

    private string HardwareOf(string member) =>
        string.Create(CultureInfo.InvariantCulture, $"02:5c:00:00:00:{NumberOf(member):x2}");

    private static async Task TryAsync(params string[] arguments)
    {
        try
        {
            await RunAsync("", arguments);
        }
        catch (NetworkRefusedException)
        {
            // It had not been made.
        }
    }

    private static async Task RunAsync(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("ip", arguments)
        {
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        try
        {
            using var ip = Process.Start(start)!;
            await ip.StandardInput.WriteAsync(input);
            ip.StandardInput.Close();
            var said = await ip.StandardError.ReadToEndAsync();
            await ip.WaitForExitAsync();
            if (ip.ExitCode != 0)
            {
                throw new NetworkRefusedException($"ip {string.Join(' ', arguments)}: {said.Trim()}");
            }
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new NetworkRefusedException($"the program ip does not run ({missing.Message})");
        }
    }
}

/// <summary>The machine's network could not be changed.</summary>
internal sealed class NetworkRefusedException(string message) : Exception(message);
