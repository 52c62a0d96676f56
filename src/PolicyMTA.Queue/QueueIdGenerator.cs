using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue;

/// <summary>
/// Gives out queue ids in Postfix's long form: six digits of seconds and four of microseconds to the base 52, <c>z</c>, and the node to the base 51. The
/// time never goes back: a clock that steps back or gives the same microsecond twice is overtaken by counting.
/// </summary>
internal sealed class QueueIdGenerator
{
    private const string Alphabet = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    private const int SecondsDigits = 6, MicrosecondsDigits = 4, NodeDigits = 4, Length = SecondsDigits + MicrosecondsDigits + 1 + NodeDigits;
    private const long MicrosecondsPerSecond = 1_000_000;

    private readonly TimeProvider _time;
    private readonly string _node;
    private long _last;

    internal QueueIdGenerator(TimeProvider time, string node, QueueId? last)
    {
        (_time, _node) = (time, NodeName(node));
        if (last is { } id && TryReadTime(id, out var key)) _last = key;
    }

    /// <summary>The greatest id given out so far.</summary>
    internal QueueId Last => Format(Volatile.Read(ref _last), _node);

    internal QueueId Next()
    {
        var now = _time.GetUtcNow().Ticks / TimeSpan.TicksPerMicrosecond - DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerMicrosecond;
        long last, next;
        do
        {
            last = Volatile.Read(ref _last);
            next = Math.Max(now, last + 1);
        }
        while (Interlocked.CompareExchange(ref _last, next, last) != last);
        return Format(next, _node);
    }

    /// <summary>The microseconds since 1970 that an id was made of: unique within a store.</summary>
    internal static bool TryReadTime(QueueId id, out long microseconds)
    {
        microseconds = 0;
        if (id.Value is not { Length: Length } text || text[SecondsDigits + MicrosecondsDigits] != 'z') return false;
        if (!TryReadDigits(text.AsSpan(0, SecondsDigits), out var seconds) || !TryReadDigits(text.AsSpan(SecondsDigits, MicrosecondsDigits), out var rest)) return false;
        microseconds = seconds * MicrosecondsPerSecond + rest;
        return rest < MicrosecondsPerSecond;
    }

    internal static QueueId FromTime(long microseconds) => Format(microseconds, NodeName(""));

    private static QueueId Format(long microseconds, string node) => new(string.Create(Length, (microseconds, node), static (text, value) =>
    {
        WriteDigits(text[..SecondsDigits], value.microseconds / MicrosecondsPerSecond);
        WriteDigits(text.Slice(SecondsDigits, MicrosecondsDigits), value.microseconds % MicrosecondsPerSecond);
        text[SecondsDigits + MicrosecondsDigits] = 'z';
        value.node.CopyTo(text[(SecondsDigits + MicrosecondsDigits + 1)..]);
    }));

    private static void WriteDigits(Span<char> text, long value)
    {
        for (var i = text.Length - 1; i >= 0; i--, value /= Alphabet.Length) text[i] = Alphabet[(int)(value % Alphabet.Length)];
    }

    private static bool TryReadDigits(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        foreach (var c in text)
        {
            var digit = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (digit < 0) return false;
            value = value * Alphabet.Length + digit;
        }
        return true;
    }

    // The separator z is no digit of the node, so that it is the last z of every id. FNV-1a, because string hashes differ between processes.
    private static string NodeName(string node)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in Encoding.UTF8.GetBytes(node)) hash = (hash ^ b) * 1099511628211UL;
        Span<char> text = stackalloc char[NodeDigits];
        foreach (ref var c in text)
        {
            c = Alphabet[(int)(hash % (ulong)(Alphabet.Length - 1))];
            hash /= (ulong)(Alphabet.Length - 1);
        }
        return text.ToString();
    }
}
