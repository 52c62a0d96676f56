using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace PolicyMTA.Sdk;

/// <summary>An enhanced mail system status code (RFC 3463), such as <c>5.7.1</c>. An immutable value.</summary>
/// <param name="Class">2 success, 4 persistent transient failure, 5 permanent failure.</param>
/// <param name="Subject">0 to 999.</param>
/// <param name="Detail">0 to 999.</param>
public readonly record struct EnhancedStatus(byte Class, ushort Subject, ushort Detail)
{
    /// <summary>The same subject and detail under the class of a reply code: 550 makes 4.7.1 into 5.7.1.</summary>
    public EnhancedStatus For(int replyCode) => this with { Class = (byte)(replyCode / 100) };

    /// <summary>Reads <c>x.y.z</c>; false when the text is anything else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out EnhancedStatus status)
    {
        status = default;
        if (text is null) return false;
        var parts = text.Split('.');
        if (parts.Length != 3 || parts[0].Length != 1 || parts[0][0] is not ('2' or '4' or '5')) return false;
        if (!TryPart(parts[1], out var subject) || !TryPart(parts[2], out var detail)) return false;
        status = new EnhancedStatus((byte)(parts[0][0] - '0'), subject, detail);
        return true;
    }

    /// <summary>Reads <c>x.y.z</c>; throws <see cref="FormatException"/> when the text is anything else.</summary>
    public static EnhancedStatus Parse(string text) =>
        TryParse(text, out var status) ? status : throw new FormatException($"'{text}' is no enhanced status code");

    /// <summary><c>x.y.z</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Class}.{Subject}.{Detail}");

    private static bool TryPart(string text, out ushort value) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= 999 && text.Length <= 3;
}
