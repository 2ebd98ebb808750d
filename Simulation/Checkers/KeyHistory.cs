namespace SessionCluster.Simulation;

/// <summary>What the outside knows of one key of a session, and the promises that concern one key.</summary>
/// <param name="key">The key.</param>
internal sealed class KeyHistory(string key)
{
    private readonly RegisterChecker _register = new();

    /// <summary>The acknowledged commits that write the key, in the order of their sequences.</summary>
    private readonly List<WriteRecord> _acknowledged = [];

    /// <summary>The key.</summary>
    public string Key { get; } = key;

    /// <summary>The key under which a commit with a body repeats its number.</summary>
    private string BodyKey { get; } = KeyWrite.BodyOf(key);

    public void WriteInvoked(WriteRecord write) => _register.WriteInvoked(write.Number, write.Invoked);

    /// <summary>The session is what is held of it now, whatever was answered of it before.</summary>
    public void BeginAnew()
    {
        _acknowledged.Clear();
        _register.BeginAnew();
    }

    /// <returns>What contradicts it, or nothing.</returns>
    public string? WriteAcknowledged(WriteRecord write)
    {
        int index = _acknowledged.Count;
        while (index > 0 && _acknowledged[index - 1].Version.Sequence > write.Version.Sequence)
        {
            index--;
        }

        _acknowledged.Insert(index, write);
        return _register.WriteAcknowledged(write.Number, write.Acknowledged);
    }

    /// <returns>What contradicts that the write has taken effect before this moment, or nothing.</returns>
    public string? WriteRepeated(WriteRecord write, long moment) => _register.WriteAcknowledged(write.Number, moment);

    /// <summary>The session was read.</summary>
    /// <param name="state">What was read.</param>
    /// <param name="version">The version that it was said to be.</param>
    /// <param name="invoked">When the read began.</param>
    /// <param name="completed">When it ended.</param>
    /// <param name="writes">All commits of the session, by number.</param>
    /// <returns>What contradicts it, or nothing.</returns>
    public string? Read(
        SessionState state, SessionVersion version, long invoked, long completed, Dictionary<long, WriteRecord> writes)
    {
        long value = NumberOf(state, Key);
        WriteRecord? seen = writes.GetValueOrDefault(value);
        return _register.Read(value, invoked, completed)
            ?? (seen is null ? null : WhyBodyDiffers(state, seen))
            ?? WhySnapshotDiffers(value, seen, version);
    }

    private string? WhyBodyDiffers(SessionState state, WriteRecord seen)
    {
        long body = NumberOf(state, BodyKey);
        return body == (seen.HasBody(Key) ? seen.Number : 0)
            ? null
            : $"commit {seen} is only half there: the key is #{seen.Number}, its body is #{body}";
    }

    /// <summary>A state of a version has every acknowledged commit up to that version, and none after it.</summary>
    private string? WhySnapshotDiffers(long value, WriteRecord? seen, SessionVersion version)
    {
        if (seen is { IsAcknowledged: true } && seen.Version.Sequence > version.Sequence)
        {
            return $"version {version} holds the later commit {seen}";
        }

        int index = _acknowledged.Count - 1;
        while (index >= 0 && _acknowledged[index].Version.Sequence > version.Sequence)
        {
            index--;
        }

        bool isOld = index >= 0
            && (seen is null || (seen.IsAcknowledged && seen.Version.Sequence < _acknowledged[index].Version.Sequence));
        return isOld
            ? $"version {version} lacks the acknowledged commit {_acknowledged[index]}, it has #{value}"
            : null;
    }

    private static long NumberOf(SessionState state, string key) =>
        state.TryGet(key, out byte[]? bytes) ? WorkloadValue.Number(bytes!) : 0;
}
