using System.Text;

namespace SessionCluster.Benchmarks.Report;

/// <summary>
/// Writes to the terminal, and to nobody once it is gone: a run whose terminal is closed still ends its members, and
/// writes its files.
/// </summary>
internal sealed class LastingWriter(TextWriter terminal) : TextWriter
{
    private bool _isGone;

    public override Encoding Encoding => terminal.Encoding;

    public override void Write(char value) => Try(() => terminal.Write(value));

    public override void Write(string? value) => Try(() => terminal.Write(value));

    public override void Write(char[] buffer, int index, int count) =>
        Try(() => terminal.Write(buffer, index, count));

    public override void Flush() => Try(terminal.Flush);

    private void Try(Action write)
    {
        if (_isGone)
        {
            return;
        }

        try
        {
            write();
        }
        catch (IOException)
        {
            _isGone = true;
        }
    }
}
