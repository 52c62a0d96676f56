using System.Buffers;
using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp;

/// <summary>Formats MAIL and RCPT with their CRLF.</summary>
public static class EnvelopeCommand
{
    /// <summary>Writes every parameter that is set: pass what <see cref="EhloKeywords"/> allows.</summary>
    /// <exception cref="ArgumentException">A control character, which could smuggle in a command.</exception>
    public static void WriteMail(Address sender, MailParameters parameters, IBufferWriter<byte> output) => throw new NotImplementedException();

    /// <inheritdoc cref="WriteMail"/>
    public static void WriteRcpt(Address recipient, RecipientParameters parameters, IBufferWriter<byte> output) => throw new NotImplementedException();
}
