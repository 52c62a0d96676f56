namespace PolicyMTA.Smtp;

/// <summary>The server sent something that is no SMTP reply. The text never quotes it.</summary>
public sealed class SmtpProtocolException : Exception
{
    public SmtpProtocolException() { }
    public SmtpProtocolException(string message) : base(message) { }
    public SmtpProtocolException(string message, Exception innerException) : base(message, innerException) { }
}
