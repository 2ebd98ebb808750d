namespace SessionCluster.Simulation.Mutations;

/// <summary>
/// Deliberate faults that nobody meets where members forget nothing and all frames are whole: of the repair by
/// comparison, and of what is read and heard that should not be.
/// </summary>
internal static class MemoryMutations
{
    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("ask after no copy that differs",
            "A backup that has lost a copy has it again, though nobody writes.",
            "Protocol/CopyComparison.cs",
            "            if (differs && differed)\n",
            "            if (differs && differed && said.FirstPart < 0)\n")
        {
            Profile = SwarmProfile.SingleKills,
        },
        new("keep an orphan for ever",
            "A copy that nobody knows of is dropped.",
            "Protocol/Orphans.cs",
            "        else if (HasListenedTo(needed.Primary))\n",
            "        else if (HasListenedTo(needed.Primary) && location.Counter > 0)\n")
        {
            Profile = SwarmProfile.SingleKills,
        },
        new("hear whoever has no connection",
            "Nothing is heard of a process to which no connection stands.",
            "Protocol/MessageRouter.cs",
            " || peer.Link != from)",
            ")"),
        new("leave what follows a message",
            "A message that is followed by something else than a message ends its connection.",
            "Wire/MessageCodec.cs",
            "        if (error == WireError.None && length < source.Length)\n",
            "        if (error == WireError.None && length < 0)\n"),
        new("do what is forwarded as often as it comes",
            "A commit that is forwarded is done once.",
            "Membership/Peer.Copies.cs",
            "if (process == _forwarder && number <= _latestForward)",
            "if (process == _forwarder && number <= 0)"),
        new("forward again under the same number",
            "What was said of one time is not taken for news of the next.",
            "Protocol/Requests.Forwarding.cs",
            "long number = ++_forwards;\n        _forwarded.Add(number, (request, primary));",
            "long number = request.Number;\n        _forwarded[number] = (request, primary);"),
    ];
}
