using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp;

/// <summary>Reads the parameters of MAIL.</summary>
internal static class MailParameterParser
{
    /// <summary>The reply to the first parameter that is wrong; null when all are right.</summary>
    public static SmtpReply? Parse(ReadOnlySpan<byte> text, SmtpSyntax syntax, out MailParameters parameters)
    {
        parameters = MailParameters.None;
        var words = new CommandWords(text);
        while (words.TryNext(out var word))
        {
            if (ParseOne(word, syntax, ref parameters) is { } refusal) return refusal;
        }
        return null;
    }

    private static SmtpReply? ParseOne(ReadOnlySpan<byte> word, SmtpSyntax syntax, ref MailParameters parameters)
    {
        if (syntax.AllowSize && word.TryParameter("SIZE="u8, out var value)) return Size(value, ref parameters);
        if (word.TryParameter("BODY="u8, out value)) return Body(word, value, syntax, ref parameters);
        if (word.TryParameter("AUTH="u8, out value)) return Auth(value, ref parameters);
        if (word.TryParameter("RET="u8, out value)) return Ret(value, syntax, ref parameters);
        if (word.TryParameter("ENVID="u8, out value)) return Envid(value, syntax, ref parameters);
        if (syntax.AllowSmtpUtf8 && Ascii.EqualsIgnoreCase(word, "SMTPUTF8"u8)) parameters = parameters with { SmtpUtf8 = true };
        else if (syntax.AllowRequireTls && Ascii.EqualsIgnoreCase(word, "REQUIRETLS"u8)) parameters = parameters with { RequireTls = true };
        else return ParameterWord.Unsupported(word);
        return null;
    }

    private static SmtpReply? Size(ReadOnlySpan<byte> value, ref MailParameters parameters)
    {
        if (!SmtpCommandParser.TryNumber(value, out var size)) return SmtpReplies.BadSize;
        parameters = parameters with { Size = size };
        return null;
    }

    private static SmtpReply? Body(ReadOnlySpan<byte> word, ReadOnlySpan<byte> value, SmtpSyntax syntax, ref MailParameters parameters)
    {
        BodyType body;
        if (syntax.Allow8BitMime && Ascii.EqualsIgnoreCase(value, "8BITMIME"u8)) body = BodyType.EightBitMime;
        else if (syntax.Allow8BitMime && Ascii.EqualsIgnoreCase(value, "7BIT"u8)) body = BodyType.SevenBit;
        else if (syntax.AllowBinaryMime && Ascii.EqualsIgnoreCase(value, "BINARYMIME"u8)) body = BodyType.BinaryMime;
        else return ParameterWord.Unsupported(word);
        parameters = parameters with { Body = body };
        return null;
    }

    /// <summary>RFC 4954 §5: whoever is named must be believed only from whom it may be. As in Postfix no value is an error; what is no xtext names nobody.</summary>
    private static SmtpReply? Auth(ReadOnlySpan<byte> value, ref MailParameters parameters)
    {
        if (parameters.Auth is not null and not MailParameters.UnknownAuth) return SmtpReplies.SecondAuthParameter;
        parameters = parameters with { Auth = Xtext.TryDecode(value, out var auth) ? auth : MailParameters.UnknownAuth };
        return null;
    }

    private static SmtpReply? Ret(ReadOnlySpan<byte> value, SmtpSyntax syntax, ref MailParameters parameters)
    {
        if (!syntax.AllowDsn) return SmtpReplies.DsnDisabled;
        if (parameters.Ret != Sdk.Ret.Unspecified) return SmtpReplies.BadRet;
        if (Ascii.EqualsIgnoreCase(value, "FULL"u8)) parameters = parameters with { Ret = Sdk.Ret.Full };
        else if (Ascii.EqualsIgnoreCase(value, "HDRS"u8)) parameters = parameters with { Ret = Sdk.Ret.Headers };
        else return SmtpReplies.BadRet;
        return null;
    }

    private static SmtpReply? Envid(ReadOnlySpan<byte> value, SmtpSyntax syntax, ref MailParameters parameters)
    {
        if (!syntax.AllowDsn) return SmtpReplies.DsnDisabled;
        if (parameters.EnvelopeId is not null || !Xtext.TryDecode(value, out var id)) return SmtpReplies.BadEnvid;
        parameters = parameters with { EnvelopeId = id };
        return null;
    }
}
