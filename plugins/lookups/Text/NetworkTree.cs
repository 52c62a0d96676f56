namespace PolicyMTA.Lookups.Text;

/// <summary>
/// A radix tree of the networks of one address family: the lowest number among the networks that hold an address, in as many steps as networks are nested. Paths without
/// a fork are one step, so that 100,000 networks take no more than 200,000 nodes. Thread-safe once it is filled.
/// </summary>
internal sealed class NetworkTree
{
    internal const int None = int.MaxValue;

    private sealed class Node
    {
        internal required UInt128 Prefix;
        internal required int Length;
        internal int Number = None;
        internal Node? Zero;
        internal Node? One;
    }

    private Node? _root;

    /// <summary>Adds a network; bits behind its length must be zero.</summary>
    internal void Add(UInt128 prefix, int length, int number)
    {
        ref var link = ref _root;
        while (true)
        {
            if (link is not { } node)
            {
                link = new Node { Prefix = prefix, Length = length, Number = number };
                return;
            }
            var shared = Math.Min(SharedBits(node.Prefix, prefix), Math.Min(node.Length, length));
            if (shared == node.Length && shared == length)
            {
                node.Number = Math.Min(node.Number, number);
                return;
            }
            if (shared < node.Length)
            {
                var fork = new Node { Prefix = AddressBits.Mask(prefix, shared), Length = shared };
                if (AddressBits.IsSet(node.Prefix, shared)) fork.One = node;
                else fork.Zero = node;
                // The next round finds the fork: the network is that itself, or goes to its other side.
                link = node = fork;
                continue;
            }
            link = ref AddressBits.IsSet(prefix, node.Length) ? ref node.One : ref node.Zero;
        }
    }

    /// <summary>The lowest number of a network that holds the address.</summary>
    internal int Find(UInt128 address)
    {
        var lowest = None;
        for (var node = _root; node is not null && SharedBits(node.Prefix, address) >= node.Length;)
        {
            lowest = Math.Min(lowest, node.Number);
            if (node.Length == AddressBits.Width) break;
            node = AddressBits.IsSet(address, node.Length) ? node.One : node.Zero;
        }
        return lowest;
    }

    private static int SharedBits(UInt128 a, UInt128 b) => (int)UInt128.LeadingZeroCount(a ^ b);
}
