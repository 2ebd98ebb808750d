using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication;

/// <summary>The content of sessions: values, outcomes, deltas and whole states.</summary>
internal static class SessionCodec
{
    /// <summary>The least bytes of a key with its value: two lengths.</summary>
    private const int ValueBytes = 2;

    /// <summary>The least bytes of an outcome: the request's key, a length and a time.</summary>
    private const int OutcomeBytes = 18;

    private const ulong HasOutcome = 1;
    private const ulong HasRemoved = 2;
    private const int CountShift = 2;

    /// <summary>Added to twice the number of outcomes where marks follow them.</summary>
    private const ulong MarksFollow = 1;

    /// <summary>The least bytes of a stamp: a view, a sequence and a name's length.</summary>
    private const int StampBytes = 3;

    /// <summary>The least bytes of a mark: a key's length and a stamp.</summary>
    private const int MarkBytes = StampBytes + 1;

    /// <summary>The least bytes of a beginning: two views.</summary>
    private const int BeginningBytes = 2;

    private const int MarksMaximum = WireLimits.Keys + ChangeMarks.RemovedMaximum;

    /// <summary>Up to here, comparing each key with all others is cheaper than a set.</summary>
    private const int FewKeys = 8;

    public static void Write(ref WireWriter writer, SessionDelta delta)
    {
        int count = delta.Set.Count;
        WireWriter.Require(
            count + delta.Removed.Count <= WireLimits.Keys, "A change has more keys than a message may carry.");
        ulong flags = (delta.Outcome is null ? 0 : HasOutcome) | (delta.Removed.Count == 0 ? 0 : HasRemoved);
        writer.Number((long)(((ulong)count << CountShift) | flags));
        for (int index = 0; index < count; index++)
        {
            Write(ref writer, delta.Set[index]);
        }

        if (delta.Removed.Count > 0)
        {
            writer.Count(delta.Removed.Count, WireLimits.Keys);
            for (int index = 0; index < delta.Removed.Count; index++)
            {
                writer.Text(delta.Removed[index]);
            }
        }

        if (delta.Outcome is not null)
        {
            Write(ref writer, delta.Outcome);
        }
    }

    public static SessionDelta ReadDelta(ref WireReader reader)
    {
        ulong header = reader.Varint();
        int count = reader.Bounded(header >> CountShift, WireLimits.Keys, ValueBytes);
        SessionValue[] set = ReadValues(ref reader, count);
        string[] removed = (header & HasRemoved) == 0 ? [] : ReadRemoved(ref reader, WireLimits.Keys - count);
        RecordedOutcome? outcome = (header & HasOutcome) == 0 ? null : ReadOutcome(ref reader);
        if (reader.Failed)
        {
            return SessionDelta.Nothing;
        }

        if (HasDuplicates(set, removed))
        {
            reader.Fail(WireError.BadOrder);
        }

        return new SessionDelta(set, removed, outcome);
    }

    public static void Write(ref WireWriter writer, SessionState state)
    {
        IReadOnlyList<SessionValue> values = state.Values;
        writer.Count(values.Count, WireLimits.Keys);
        for (int index = 0; index < values.Count; index++)
        {
            Write(ref writer, values[index]);
        }

        WireWriter.Require(
            state.Outcomes.Count <= SessionState.OutcomesMaximum,
            "A session has more outcomes than a message may carry.");
        writer.Number((2 * state.Outcomes.Count) + (state.Marks is null ? 0 : (int)MarksFollow));
        for (int index = 0; index < state.Outcomes.Count; index++)
        {
            Write(ref writer, state.Outcomes[index]);
        }

        if (state.Marks is not null)
        {
            Write(ref writer, state.Marks);
        }
    }

    public static SessionState ReadState(ref WireReader reader)
    {
        SessionValue[] values = ReadValues(ref reader, reader.Count(WireLimits.Keys, ValueBytes));
        ulong header = reader.Varint();
        bool hasMarks = (header & MarksFollow) != 0;
        var outcomes = new RecordedOutcome[
            reader.Bounded(header >> 1, SessionState.OutcomesMaximum, OutcomeBytes)];
        for (int index = 0; index < outcomes.Length && !reader.Failed; index++)
        {
            outcomes[index] = ReadOutcome(ref reader);
        }

        for (int index = 1; index < values.Length && !reader.Failed; index++)
        {
            if (string.CompareOrdinal(values[index - 1].Key, values[index].Key) >= 0)
            {
                reader.Fail(WireError.BadOrder);
            }
        }

        ChangeMarks? marks = hasMarks ? ReadMarks(ref reader) : null;
        return reader.Failed ? SessionState.Empty : SessionState.From(values, outcomes).WithMarks(marks);
    }

    private static void Write(ref WireWriter writer, ChangeMarks marks)
    {
        writer.Count(marks.Beginnings.Count, ChangeMarks.BeginningsMaximum);
        for (int index = 0; index < marks.Beginnings.Count; index++)
        {
            writer.Number(marks.Beginnings[index].View);
            writer.Number(marks.Beginnings[index].After);
        }

        writer.Count(marks.Seen.Lines.Count, SeenChanges.LinesMaximum);
        for (int index = 0; index < marks.Seen.Lines.Count; index++)
        {
            Write(ref writer, marks.Seen.Lines[index]);
        }

        writer.Count(marks.Keys.Count, MarksMaximum);
        for (int index = 0; index < marks.Keys.Count; index++)
        {
            writer.Text(marks.Keys[index].Key);
            Write(ref writer, marks.Keys[index].Stamp);
        }
    }

    private static void Write(ref WireWriter writer, ChangeStamp stamp)
    {
        writer.Number(stamp.View);
        writer.Number(stamp.Sequence);
        writer.Node(stamp.Node);
    }

    private static ChangeMarks ReadMarks(ref WireReader reader)
    {
        var beginnings = new Beginning[reader.Count(ChangeMarks.BeginningsMaximum, BeginningBytes)];
        for (int index = 0; index < beginnings.Length && !reader.Failed; index++)
        {
            beginnings[index] = new Beginning(reader.Number(), reader.Number());
            FailUnless(ref reader, index == 0 || beginnings[index - 1].CompareTo(beginnings[index]) < 0);
        }

        var lines = new ChangeStamp[reader.Count(SeenChanges.LinesMaximum, StampBytes)];
        for (int index = 0; index < lines.Length && !reader.Failed; index++)
        {
            lines[index] = ReadStamp(ref reader);
            FailUnless(ref reader, index == 0 || SeenChanges.Compare(lines[index - 1], lines[index]) < 0);
        }

        var keys = new KeyMark[reader.Count(MarksMaximum, MarkBytes)];
        for (int index = 0; index < keys.Length && !reader.Failed; index++)
        {
            keys[index] = new KeyMark(reader.Text(), ReadStamp(ref reader));
            FailUnless(ref reader, index == 0 || string.CompareOrdinal(keys[index - 1].Key, keys[index].Key) < 0);
        }

        return new ChangeMarks(keys, new SeenChanges(lines), beginnings);
    }

    private static ChangeStamp ReadStamp(ref WireReader reader) => new(reader.Number(), reader.Number(), reader.Node());

    private static void FailUnless(ref WireReader reader, bool isInOrder)
    {
        if (!isInOrder)
        {
            reader.Fail(WireError.BadOrder);
        }
    }

    private static void Write(ref WireWriter writer, SessionValue value)
    {
        writer.Text(value.Key);
        writer.Blob(value.Bytes);
    }

    private static void Write(ref WireWriter writer, RecordedOutcome outcome)
    {
        writer.Guid(outcome.RequestKey);
        writer.Blob(outcome.Response);
        writer.Number(outcome.At);
    }

    private static RecordedOutcome ReadOutcome(ref WireReader reader) =>
        new(reader.Guid(), reader.Blob()) { At = reader.Number() };

    private static SessionValue[] ReadValues(ref WireReader reader, int count)
    {
        SessionValue[] values = count == 0 ? [] : new SessionValue[count];
        for (int index = 0; index < count && !reader.Failed; index++)
        {
            values[index] = new SessionValue(reader.Text(), reader.Blob());
        }

        return values;
    }

    private static string[] ReadRemoved(ref WireReader reader, int maximum)
    {
        int count = reader.Count(maximum, elementBytes: 1);
        if (count == 0)
        {
            // No removed keys are written as no list at all.
            reader.Fail(WireError.BadChoice);
        }

        var removed = new string[count];
        for (int index = 0; index < count && !reader.Failed; index++)
        {
            removed[index] = reader.Text();
        }

        return removed;
    }

    private static bool HasDuplicates(SessionValue[] set, string[] removed)
    {
        int count = set.Length + removed.Length;
        if (count <= 1)
        {
            return false;
        }

        if (count > FewKeys)
        {
            var seen = new HashSet<string>(count, StringComparer.Ordinal);
            return !set.All(value => seen.Add(value.Key)) || !removed.All(seen.Add);
        }

        for (int index = 1; index < count; index++)
        {
            for (int earlier = 0; earlier < index; earlier++)
            {
                if (string.Equals(KeyAt(set, removed, earlier), KeyAt(set, removed, index), StringComparison.Ordinal))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static string KeyAt(SessionValue[] set, string[] removed, int index) =>
        index < set.Length ? set[index].Key : removed[index - set.Length];
}
