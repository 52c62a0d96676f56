namespace PolicyMTA.Lookups.Text;

/// <summary>
/// The rules of a table of networks, or of one of its <c>if … endif</c> blocks. Plain networks are in a tree; negated ones and blocks, of which there are few, are
/// tried in turn where they stand before what the tree found. Thread-safe once it is filled.
/// </summary>
internal sealed class CidrBlock
{
    private sealed record Step(int Number, CidrNetwork Network, CidrBlock? Inner);

    private readonly List<string> _values = [];
    private readonly List<Step> _steps = [];
    private readonly NetworkTree _v4 = new();
    private readonly NetworkTree _v6 = new();

    /// <summary>Adds a rule behind the others.</summary>
    internal void Add(CidrNetwork network, string value)
    {
        if (network.IsNegated) _steps.Add(new Step(_values.Count, network, null));
        else (network.Address.IsV6 ? _v6 : _v4).Add(network.Address.Bits, network.Length, _values.Count);
        _values.Add(value);
    }

    /// <summary>Adds a block behind the rules so far; what its condition does not hold skips it.</summary>
    internal CidrBlock Open(CidrNetwork condition)
    {
        var inner = new CidrBlock();
        _steps.Add(new Step(_values.Count, condition, inner));
        _values.Add("");
        return inner;
    }

    /// <summary>The first rule's value; null when none holds the address.</summary>
    internal string? Find(AddressBits address)
    {
        var plain = (address.IsV6 ? _v6 : _v4).Find(address.Bits);
        foreach (var step in _steps)
        {
            if (step.Number > plain) break;
            if (!step.Network.Matches(address)) continue;
            if (step.Inner is null) return _values[step.Number];
            if (step.Inner.Find(address) is { } value) return value;
        }
        return plain == NetworkTree.None ? null : _values[plain];
    }
}

/// <summary>A network of a rule or a condition. An immutable value.</summary>
internal readonly record struct CidrNetwork(bool IsNegated, AddressBits Address, int Length)
{
    /// <summary>A network says nothing of the other family's addresses, negated or not.</summary>
    internal bool Matches(AddressBits address) => address.IsV6 == Address.IsV6 && IsNegated != (AddressBits.Mask(address.Bits, Length) == Address.Bits);
}
