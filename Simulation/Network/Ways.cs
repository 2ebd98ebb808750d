namespace SessionCluster.Simulation;

/// <summary>The ways between all hosts, each direction by itself, and which hosts are lost.</summary>
internal sealed class Ways
{
    private readonly LinkCondition[,] _conditions;
    private readonly bool[] _isLost;

    public Ways(int hosts, NetworkProfile profile)
    {
        _isLost = new bool[hosts];
        _conditions = new LinkCondition[hosts, hosts];
        for (int from = 0; from < hosts; from++)
        {
            for (int to = 0; to < hosts; to++)
            {
                _conditions[from, to] = new LinkCondition { BaseDelay = profile.BaseDelay, Jitter = profile.Jitter };
            }
        }
    }

    public LinkCondition Condition(int from, int to) => _conditions[from, to];

    /// <summary>Whether anything gets through now.</summary>
    public bool IsFree(int from, int to) => !_conditions[from, to].IsCut && !_isLost[from] && !_isLost[to];

    public bool IsLost(int host) => _isLost[host];

    public void SetLost(int host, bool isLost) => _isLost[host] = isLost;

    /// <summary>Cuts every way between hosts of different groups, and no other.</summary>
    public void Partition(Func<int, int> groupOf)
    {
        for (int from = 0; from < _isLost.Length; from++)
        {
            for (int to = 0; to < _isLost.Length; to++)
            {
                _conditions[from, to].IsCut = groupOf(from) != groupOf(to);
            }
        }
    }

    /// <summary>Every way is free and quick again. Lost hosts stay lost.</summary>
    public void Heal()
    {
        foreach (LinkCondition condition in _conditions)
        {
            condition.IsCut = false;
            condition.Clog = TimeSpan.Zero;
            condition.Loss = 0;
        }
    }
}
