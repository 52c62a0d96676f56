using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp;

/// <summary>Reads what stands behind MAIL and RCPT.</summary>
internal static class EnvelopeParser
{
    public static SmtpCommand Mail(ReadOnlySpan<byte> text, SmtpSyntax syntax)
    {
        if (!TryKeyword(ref text, "FROM:"u8)) return Refuse("mail", SmtpReplies.MailSyntax);
        var rules = new AddressRules { IsStrict = syntax.StrictEnvelopes, AllowsNull = true, AllowsUtf8Domain = syntax.AllowSmtpUtf8 };
        if (!PathSyntax.TryRead(ref text, rules, out var sender)) return Refuse("mail", SmtpReplies.BadSender);
        if (MailParameterParser.Parse(text, syntax, out var parameters) is { } refusal) return Refuse("mail", refusal);
        if (!parameters.SmtpUtf8 && !IsPlain(sender, syntax)) return Refuse("mail", SmtpReplies.BadSender);
        return new SmtpCommand.Mail(sender, parameters);
    }

    public static SmtpCommand Rcpt(ReadOnlySpan<byte> text, SmtpSyntax syntax, bool isUtf8Transaction)
    {
        if (!TryKeyword(ref text, "TO:"u8)) return Refuse("rcpt", SmtpReplies.RcptSyntax);
        // Postfix takes senders with overlong local parts even when strict: VERP makes them. As a recipient such an address is held to RFC 5321 §4.5.3.1.1.
        var rules = new AddressRules
        {
            IsStrict = syntax.StrictEnvelopes,
            HasLengthLimits = syntax.StrictEnvelopes,
            AllowsUtf8Domain = isUtf8Transaction,
        };
        if (!PathSyntax.TryRead(ref text, rules, out var recipient)) return Refuse("rcpt", SmtpReplies.BadRecipient);
        if (!isUtf8Transaction && !IsPlain(recipient, syntax)) return Refuse("rcpt", SmtpReplies.BadRecipient);
        return RecipientParameterParser.Parse(text, syntax, out var parameters) is { } refusal
            ? Refuse("rcpt", refusal)
            : new SmtpCommand.Rcpt(recipient, parameters);
    }

    /// <summary>Common practice leaves the angle brackets out, so they are never asked for; RFC 6531 §3.7.4.2 has the parameter.</summary>
    public static SmtpCommand Vrfy(ReadOnlySpan<byte> text, SmtpSyntax syntax)
    {
        if (text.IsEmpty) return Refuse("vrfy", SmtpReplies.VrfySyntax);
        var rules = new AddressRules { HasLengthLimits = syntax.StrictEnvelopes, AllowsUtf8Domain = syntax.AllowSmtpUtf8 };
        if (!PathSyntax.TryRead(ref text, rules, out var address)) return Refuse("vrfy", SmtpReplies.BadRecipient);
        var isUtf8 = syntax.AllowSmtpUtf8 && Ascii.EqualsIgnoreCase(text, "SMTPUTF8"u8);
        if (!isUtf8 && !text.IsEmpty) return Refuse("vrfy", SmtpReplies.VrfySyntax);
        return isUtf8 || IsPlain(address, syntax) ? new SmtpCommand.Vrfy(address) : Refuse("vrfy", SmtpReplies.BadRecipient);
    }

    /// <summary>What may come without SMTPUTF8: local parts outside ASCII always did, and Postfix lets them unless it is strict.</summary>
    private static bool IsPlain(Address address, SmtpSyntax syntax) =>
        Ascii.IsValid(address.Domain) && (!syntax.StrictSmtpUtf8 || Ascii.IsValid(address.Local));

    /// <summary>White space behind the colon is allowed, for clients that never read RFC 5321 §3.3.</summary>
    private static bool TryKeyword(ref ReadOnlySpan<byte> text, ReadOnlySpan<byte> keyword)
    {
        if (text.Length < keyword.Length || !Ascii.EqualsIgnoreCase(text[..keyword.Length], keyword)) return false;
        text = text[keyword.Length..].TrimStart(" \t"u8);
        return text.Length > 0;
    }

    private static SmtpCommand.Refused Refuse(string verb, SmtpReply reply) => new(verb, reply);
}
