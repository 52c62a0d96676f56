using System.Buffers;

namespace PolicyMTA.Smtp;

/// <summary>Turns command lines into values. Stateless and thread-safe; never throws, whatever the bytes.</summary>
public sealed class SmtpCommandParser(SmtpSyntax syntax)
{
    public SmtpSyntax Syntax { get; } = syntax;

    /// <param name="line">The line without its end.</param>
    /// <param name="isUtf8Transaction">The transaction's MAIL had SMTPUTF8, so that RCPT may name internationalized domains.</param>
    /// <param name="isTruncated">The line was longer than the limit and this is its beginning.</param>
    public SmtpCommand Parse(ReadOnlySequence<byte> line, bool isUtf8Transaction = false, bool isTruncated = false) => throw new NotImplementedException();
}
