using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp;

/// <summary>Reads the parameters of RCPT.</summary>
internal static class RecipientParameterParser
{
    /// <inheritdoc cref="MailParameterParser.Parse"/>
    public static SmtpReply? Parse(ReadOnlySpan<byte> text, SmtpSyntax syntax, out RecipientParameters parameters)
    {
        parameters = RecipientParameters.None;
        var words = new CommandWords(text);
        while (words.TryNext(out var word))
        {
            if (ParseOne(word, syntax, ref parameters) is { } refusal) return refusal;
        }
        return null;
    }

    private static SmtpReply? ParseOne(ReadOnlySpan<byte> word, SmtpSyntax syntax, ref RecipientParameters parameters)
    {
        if (word.TryParameter("NOTIFY="u8, out var value))
        {
            if (!syntax.AllowDsn) return SmtpReplies.DsnDisabled;
            if (parameters.Notify != Notify.Unspecified || !TryNotify(value, out var notify)) return SmtpReplies.BadNotify;
            parameters = parameters with { Notify = notify };
            return null;
        }
        if (word.TryParameter("ORCPT="u8, out value))
        {
            if (!syntax.AllowDsn) return SmtpReplies.DsnDisabled;
            if (parameters.OriginalRecipient is not null || !TryOrcpt(value, out var recipient)) return SmtpReplies.BadOrcpt;
            parameters = parameters with { OriginalRecipient = recipient };
            return null;
        }
        return ParameterWord.Unsupported(word);
    }

    private static bool TryNotify(ReadOnlySpan<byte> value, out Notify notify)
    {
        notify = Notify.Unspecified;
        foreach (var range in value.Split((byte)','))
        {
            var one = value[range];
            if (Ascii.EqualsIgnoreCase(one, "NEVER"u8)) notify |= Notify.Never;
            else if (Ascii.EqualsIgnoreCase(one, "SUCCESS"u8)) notify |= Notify.Success;
            else if (Ascii.EqualsIgnoreCase(one, "FAILURE"u8)) notify |= Notify.Failure;
            else if (Ascii.EqualsIgnoreCase(one, "DELAY"u8)) notify |= Notify.Delay;
            else return false;
        }
        return !notify.HasFlag(Notify.Never) || notify == Notify.Never;
    }

    private static bool TryOrcpt(ReadOnlySpan<byte> value, out string recipient)
    {
        recipient = "";
        var semicolon = value.IndexOf((byte)';');
        if (semicolon <= 0) return false;
        var type = value[..semicolon];
        if (type.IndexOfAnyExceptInRange((byte)'!', (byte)'~') >= 0) return false;
        // RFC 6533 §3: the type utf-8 has an escape of its own beside xtext.
        var isUnicode = Ascii.EqualsIgnoreCase(type, "utf-8"u8);
        if (!Xtext.TryDecode(value[(semicolon + 1)..], out var address)) return false;
        if (isUnicode && !Xtext.TryDecodeUnicode(address, out address)) return false;
        recipient = string.Concat(Encoding.ASCII.GetString(type), ";", address);
        return true;
    }
}
