using System.Text;
using SessionCluster.Replication;

namespace SessionCluster.Tests.Wire;

/// <summary>
/// The bytes of each message, as files. They change only together with the wire version: nodes of both versions may
/// meet while a cluster is updated. To write the files anew, set WRITE_GOLDEN_FILES=1 and read what has changed.
/// </summary>
public sealed class GoldenTests
{
    private const int BytesPerLine = 32;

    private static readonly string Folder =
        Path.Combine(Root(), "Tests", "Wire", "Golden", $"v{MessageCodec.WireVersion}");

    public static TheoryData<string> Names => Samples.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void A_message_is_written_as_it_always_was(string name)
    {
        byte[] written = Codec.Write(Samples.All[name]);
        if (Environment.GetEnvironmentVariable("WRITE_GOLDEN_FILES") == "1")
        {
            File.WriteAllText(FileOf(name), Lines(written));
        }

        Assert.Equal(File.ReadAllText(FileOf(name)), Lines(written));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_was_always_written_is_read(string name)
    {
        Message read = Codec.Read(Golden(name));

        Assert.Equal(Describe.Value(Samples.All[name]), Describe.Value(read));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_truncation_is_refused(string name)
    {
        byte[] golden = Golden(name);
        for (int length = 0; length < golden.Length; length++)
        {
            Codec.Refuse(golden.AsSpan(0, length));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Bytes_after_the_message_are_refused(string name) =>
        Assert.Equal(WireError.TrailingBytes, Codec.Refuse([.. Golden(name), 0]));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_flipped_bit_is_refused_or_means_another_message(string name)
    {
        byte[] golden = Golden(name);
        for (int bit = 0; bit < golden.Length * 8; bit++)
        {
            byte[] flipped = [.. golden];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            if (MessageCodec.ReadExactly(flipped, new WireCache(), out Message? message) == WireError.None)
            {
                Assert.Equal(flipped, Codec.Write(message!));
            }
        }
    }

    [Fact]
    public void Each_kind_of_message_has_a_sample()
    {
        IEnumerable<string> kinds = typeof(Message).Assembly.GetTypes()
            .Where(static type => type.IsSubclassOf(typeof(Message)) && !type.IsAbstract)
            .Select(static type => type.Name)
            .Order(StringComparer.Ordinal);

        IEnumerable<string> sampled = Samples.All.Values
            .Select(static message => message.GetType().Name)
            .Distinct()
            .Order(StringComparer.Ordinal);

        Assert.Equal(kinds, sampled);
    }

    [Fact]
    public void No_golden_file_is_left_over() =>
        Assert.Equal(
            Samples.All.Keys.Order(StringComparer.Ordinal),
            Directory.GetFiles(Folder).Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));

    private static byte[] Golden(string name) =>
        Convert.FromHexString(string.Concat(File.ReadAllLines(FileOf(name))));

    private static string FileOf(string name) => Path.Combine(Folder, name + ".hex");

    private static string Lines(byte[] bytes)
    {
        var lines = new StringBuilder();
        foreach (byte[] line in bytes.Chunk(BytesPerLine))
        {
            lines.Append(Convert.ToHexStringLower(line)).Append('\n');
        }

        return lines.ToString();
    }

    private static string Root()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "SessionCluster.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("No solution is above.");
        }

        return folder;
    }
}
