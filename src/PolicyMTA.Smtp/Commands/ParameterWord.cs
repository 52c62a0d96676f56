using System.Text;

namespace PolicyMTA.Smtp;

/// <summary>One <c>NAME=value</c> of MAIL or RCPT.</summary>
internal static class ParameterWord
{
    public static bool TryParameter(this ReadOnlySpan<byte> word, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var isNamed = word.Length >= name.Length && Ascii.EqualsIgnoreCase(word[..name.Length], name);
        value = isNamed ? word[name.Length..] : default;
        return isNamed;
    }

    public static SmtpReply Unsupported(ReadOnlySpan<byte> word) => SmtpReplies.UnsupportedOption(SmtpCommandParser.Text(word));
}
