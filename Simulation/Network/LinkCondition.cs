namespace SessionCluster.Simulation;

/// <summary>How the way from one host to another is at the moment.</summary>
internal sealed class LinkCondition
{
    private static readonly TimeSpan RetransmissionDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>TCP alone would try for minutes; our transport has long given up then.</summary>
    private static readonly TimeSpan RetransmissionMaximum = TimeSpan.FromSeconds(5);

    private bool _isCut;
    private double _loss;
    private TimeSpan _clog;

    /// <summary>How often the way was cut or mended, became slow or lossy, or stopped being so.</summary>
    public int Changes { get; private set; }

    /// <summary>Nothing gets through. What is under way waits, as TCP sends it again and again.</summary>
    public bool IsCut
    {
        get => _isCut;
        set
        {
            Changes += value == _isCut ? 0 : 1;
            _isCut = value;
        }
    }

    /// <summary>The shortest time that a packet takes.</summary>
    public TimeSpan BaseDelay { get; set; } = TimeSpan.FromMilliseconds(0.2);

    /// <summary>The mean of what chance adds.</summary>
    public TimeSpan Jitter { get; set; } = TimeSpan.FromMilliseconds(0.1);

    /// <summary>How likely a packet is lost. TCP sends it again, so it and all behind it come late.</summary>
    public double Loss
    {
        get => _loss;
        set
        {
            Changes += value.Equals(_loss) ? 0 : 1;
            _loss = value;
        }
    }

    /// <summary>A queue somewhere on the way: everything takes this much longer.</summary>
    public TimeSpan Clog
    {
        get => _clog;
        set
        {
            Changes += value == _clog ? 0 : 1;
            _clog = value;
        }
    }

    /// <summary>How long the next packet takes.</summary>
    public TimeSpan Delay(SeededRandom random)
    {
        TimeSpan delay = BaseDelay + Clog + random.Exponential(Jitter);
        TimeSpan again = RetransmissionDelay;
        while (Loss > 0 && again < RetransmissionMaximum && random.Chance(Loss))
        {
            delay += again;
            again *= 2;
        }

        return delay;
    }
}
