using System.Buffers;
using System.Globalization;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp;

/// <summary>Formats MAIL and RCPT with their CRLF.</summary>
public static class EnvelopeCommand
{
    /// <summary>Writes every parameter that is set: pass what <see cref="EhloKeywords.Offered(MailParameters)"/> leaves.</summary>
    /// <exception cref="ArgumentException">An address has a control character, which could smuggle in a command.</exception>
    public static void WriteMail(Address sender, MailParameters parameters, IBufferWriter<byte> output)
    {
        var line = Start("MAIL FROM:<", sender);
        if (parameters.Size is { } size) line.Append(CultureInfo.InvariantCulture, $" SIZE={size}");
        if (parameters.Body != BodyType.Unspecified) line.Append(" BODY=").Append(Name(parameters.Body));
        if (parameters.SmtpUtf8) line.Append(" SMTPUTF8");
        if (parameters.RequireTls) line.Append(" REQUIRETLS");
        if (parameters.Ret != Ret.Unspecified) line.Append(parameters.Ret == Ret.Full ? " RET=FULL" : " RET=HDRS");
        if (parameters.EnvelopeId is { } id) line.Append(" ENVID=").Append(Xtext.Encode(id));
        if (parameters.Auth is { } auth) line.Append(" AUTH=").Append(Xtext.Encode(auth));
        Finish(line, output);
    }

    /// <inheritdoc cref="WriteMail"/>
    public static void WriteRcpt(Address recipient, RecipientParameters parameters, IBufferWriter<byte> output)
    {
        var line = Start("RCPT TO:<", recipient);
        if (parameters.Notify != Notify.Unspecified) line.Append(" NOTIFY=").Append(Name(parameters.Notify));
        if (parameters.OriginalRecipient is { } original) line.Append(" ORCPT=").Append(Orcpt(original));
        Finish(line, output);
    }

    private static StringBuilder Start(string command, Address address)
    {
        var envelope = address.ToEnvelope();
        if (envelope.Any(char.IsControl)) throw new ArgumentException("an address has control characters", nameof(address));
        return new StringBuilder(command, command.Length + envelope.Length + 64).Append(envelope).Append('>');
    }

    private static void Finish(StringBuilder line, IBufferWriter<byte> output)
    {
        line.Append("\r\n");
        foreach (var chunk in line.GetChunks()) Encoding.UTF8.GetBytes(chunk.Span, output);
    }

    private static string Name(BodyType body) => body switch
    {
        BodyType.SevenBit => "7BIT",
        BodyType.EightBitMime => "8BITMIME",
        _ => "BINARYMIME",
    };

    private static string Name(Notify notify)
    {
        if (notify.HasFlag(Notify.Never)) return "NEVER";
        var names = new List<string>(3);
        if (notify.HasFlag(Notify.Success)) names.Add("SUCCESS");
        if (notify.HasFlag(Notify.Failure)) names.Add("FAILURE");
        if (notify.HasFlag(Notify.Delay)) names.Add("DELAY");
        return string.Join(',', names);
    }

    private static string Orcpt(string original)
    {
        var semicolon = original.IndexOf(';', StringComparison.Ordinal);
        if (semicolon < 0) return "rfc822;" + Xtext.Encode(original);
        var type = original[..semicolon];
        var address = original[(semicolon + 1)..];
        // The type is an atom and never encoded (RFC 3461 §4.2); what is none came from elsewhere than a command.
        if (type.Length == 0 || type.Any(c => c is <= ' ' or > '~')) return "rfc822;" + Xtext.Encode(original);
        return type + ";" + (type.Equals("utf-8", StringComparison.OrdinalIgnoreCase) ? Xtext.EncodeUnicode(address) : Xtext.Encode(address));
    }
}
