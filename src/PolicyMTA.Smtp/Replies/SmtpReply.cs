using System.Buffers;
using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp;

/// <summary>A reply of the server. <see cref="Lines"/> are texts without code and status; an immutable value.</summary>
public sealed record SmtpReply(int Code, EnhancedStatus? Status, IReadOnlyList<string> Lines)
{
    // Fixed replies are sent thousands of times a second: their bytes are made once.
    private byte[]? _wire;

    private SmtpReply(SmtpReply original)
    {
        Code = original.Code;
        Status = original.Status;
        Lines = original.Lines;
        Disconnects = original.Disconnects;
    }

    /// <summary>Close the connection once the reply is sent.</summary>
    public bool Disconnects { get; init; }

    /// <summary>The client did something wrong or was refused.</summary>
    public bool IsError => Code >= 400;

    public static SmtpReply Single(int code, EnhancedStatus? status, string text) => new(code, status, [text]);

    public static SmtpReply Single(int code, string? status, string text) =>
        new(code, status is null ? null : EnhancedStatus.Parse(status), [text]);

    /// <summary>What <c>soft_bounce</c> makes of it: every 5yz becomes 4yz; what ends the session still ends it.</summary>
    public SmtpReply AsSoftBounce()
    {
        if (Code is < 500 or > 599) return this;
        EnhancedStatus? soft = Status is { Class: 5 } status ? status with { Class = 4 } : Status;
        return this with { Code = Code - 100, Status = soft };
    }

    public void WriteTo(IBufferWriter<byte> output) => output.Write(_wire ??= ReplyFormat.ToWire(this));

    /// <summary>As sent, lines parted by a line feed.</summary>
    public override string ToString() => ReplyFormat.ToText(this);

    public bool Equals(SmtpReply? other) =>
        other is not null && Code == other.Code && Status == other.Status && Disconnects == other.Disconnects
        && Lines.SequenceEqual(other.Lines, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(Code, Status, Lines.Count);
}
