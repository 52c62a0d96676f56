using System.Numerics;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace PolicyMTA.Fuzz;

/// <summary>
/// The edges an execution took, as SharpFuzz's instrumentation counts them, read in this process. An input is worth keeping when it takes an edge that none took
/// before, or takes one more often by an order (AFL's buckets).
/// </summary>
internal sealed unsafe class Coverage : IDisposable
{
    private const int Size = 1 << 16;

    private readonly byte* _hits = (byte*)NativeMemory.AllocZeroed(Size);
    private readonly byte[] _seen = new byte[Size];

    public Coverage() => Trace.SharedMem = _hits;

    /// <summary>Edges seen so far.</summary>
    public int Edges { get; private set; }

    public void Begin()
    {
        new Span<byte>(_hits, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>True when the execution since <see cref="Begin"/> showed something new, which is then seen.</summary>
    public bool End()
    {
        var isNew = false;
        var words = new ReadOnlySpan<ulong>(_hits, Size / sizeof(ulong));
        for (var at = words.IndexOfAnyExcept(0UL); at >= 0;)
        {
            for (var i = at * sizeof(ulong); i < (at + 1) * sizeof(ulong); i++) isNew |= IsNew(i, _hits[i]);
            var next = words[(at + 1)..].IndexOfAnyExcept(0UL);
            at = next < 0 ? -1 : at + 1 + next;
        }
        return isNew;
    }

    public void Dispose()
    {
        Trace.SharedMem = null;
        NativeMemory.Free(_hits);
    }

    private bool IsNew(int edge, byte count)
    {
        if (count == 0) return false;
        var bucket = (byte)(1 << BitOperations.Log2(count));
        if ((_seen[edge] & bucket) != 0) return false;
        if (_seen[edge] == 0) Edges++;
        _seen[edge] |= bucket;
        return true;
    }
}
