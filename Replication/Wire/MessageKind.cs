namespace SessionCluster.Replication;

/// <summary>The first byte of each message. Numbers are never used again for something else.</summary>
internal enum MessageKind : byte
{
    Replicate = 0x10,
    Replicated = 0x11,
    NeedFull = 0x12,
    Stale = 0x13,
    Touched = 0x14,
    CopyDigests = 0x15,

    TakeOver = 0x20,
    HandOver = 0x21,
    Moved = 0x22,
    ForwardCommit = 0x23,
    ForwardedCommit = 0x24,
    ReturnedCommit = 0x25,

    RecordLocations = 0x30,
    LocationsRecorded = 0x31,
    MapDigestsRequest = 0x32,
    MapDigests = 0x33,
    MapPageRequest = 0x34,
    MapPage = 0x35,
    Locate = 0x36,
    Located = 0x37,

    Heartbeat = 0x40,
    HeartbeatAcknowledged = 0x41,
    JoinRequest = 0x42,
    Farewell = 0x43,
    ViewPrepare = 0x44,
    ViewPromise = 0x45,
    ViewRefused = 0x46,
    ViewAccept = 0x47,
    ViewAccepted = 0x48,
    ViewInstall = 0x49,
    DeathNotice = 0x4A,

    HandIn = 0x50,
    HandedIn = 0x51,
}
