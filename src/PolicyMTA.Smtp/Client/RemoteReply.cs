using System.Buffers;
using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp;

/// <summary>A reply of a server we are the client of. <see cref="Lines"/> are what stands behind the code, an enhanced status included.</summary>
public sealed record RemoteReply(int Code, EnhancedStatus? Status, IReadOnlyList<string> Lines)
{
    public bool IsPositive => Code is >= 200 and < 400;
    public bool IsTransient => Code is >= 400 and < 500;
    public bool IsPermanent => Code is >= 500;

    /// <summary>True when a whole reply was there; the buffer is advanced past it, else left alone.</summary>
    /// <exception cref="SmtpProtocolException">The bytes are no reply, or exceed the limits.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out RemoteReply? reply) => throw new NotImplementedException();
}
