using System.Globalization;
using System.Text;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Reports;

/// <summary>The fields and the first two parts of a report, and what stands around the third (RFC 3462, RFC 3464).</summary>
internal sealed class ReportText
{
    private readonly ReportRequest _request;
    private readonly IReadOnlyList<(QueuedRecipient Recipient, RecipientOutcome Outcome)> _recipients;
    private readonly Address _reader;
    private readonly DeliverySettings _settings;
    private readonly BounceTemplate _template;
    private readonly DateTimeOffset _now;
    private readonly StringBuilder _text = new(4096);
    private readonly string _boundary;

    public ReportText(ReportRequest request, IReadOnlyList<(QueuedRecipient Recipient, RecipientOutcome Outcome)> recipients, Address reader, DeliverySettings settings, DateTimeOffset now)
    {
        (_request, _recipients, _reader, _settings, _now) = (request, recipients, reader, settings, now);
        _template = IsAnswer ? settings.BounceTemplates.Verify : request.Kind switch { ReportKind.Delay => settings.BounceTemplates.Delay, ReportKind.Success => settings.BounceTemplates.Success, _ => settings.BounceTemplates.Failure };
        _boundary = string.Create(CultureInfo.InvariantCulture, $"{Message.Id}.{now.ToUnixTimeSeconds()}/{settings.MyHostname}");
    }

    private QueuedMessage Message => _request.Message;

    /// <summary>The sender asked whether the recipients take mail.</summary>
    private bool IsAnswer => Message.Origin.Kind == OriginKind.Verification;

    /// <summary>True when an address is not ASCII: then the report is of the kind for such addresses (RFC 6533).</summary>
    public bool IsInternational => Message.Mail.SmtpUtf8
        && (!Ascii.IsValid(Message.Sender.ToString()) || _recipients.Any(r => !Ascii.IsValid(r.Recipient.Address.ToString())));

    /// <summary>Everything before the returned bytes.</summary>
    public string Before(bool returnsAll)
    {
        AppendFields();
        AppendNotification();
        AppendDeliveryStatus();
        AppendReturnedPartHead(returnsAll);
        return _text.ToString();
    }

    /// <summary>Everything behind the returned bytes.</summary>
    public string After() => $"\r\n--{_boundary}--\r\n";

    private void AppendFields()
    {
        var date = Date(_now);
        Line($"Received: by {_settings.MyHostname} ({_settings.MailName})");
        Line($"\tid {_request.ReportId}; {date}");
        Line($"Date: {date}");
        Line($"From: {From()}");
        Line($"Subject: {Subject()}");
        Line($"To: {LineWrap.Clean(_reader.ToEnvelope())}");
        Line("Auto-Submitted: auto-replied");
        Line("MIME-Version: 1.0");
        Line($"Content-Type: multipart/report; report-type={(IsInternational ? "global-delivery-status" : "delivery-status")};");
        Line($"\tboundary=\"{_boundary}\"");
        Line("Content-Transfer-Encoding: 8bit");
        Line(string.Create(CultureInfo.InvariantCulture, $"Message-Id: <{_now.UtcDateTime:yyyyMMddHHmmss}.{_request.ReportId}@{_settings.MyHostname}>"));
        Line("");
        Line("This is a MIME-encapsulated message.");
    }

    private void AppendNotification()
    {
        // Recipients and remote replies follow the words of a template: they may need UTF-8 whatever the words are in.
        Part("Notification", "text/plain; charset=utf-8", "8bit");
        // bounce(5): the words are for the sender alone.
        if (_request.Reader == ReportReader.Sender)
        {
            _text.Append(_template.Text ?? (IsAnswer ? ReportWords.AnswerText(_settings) : ReportWords.Text(_request.Kind, _settings)));
            Line("");
        }
        foreach (var (recipient, outcome) in _recipients)
        {
            LineWrap.Append(_text, $"<{recipient.Address}>{ExpandedFrom(recipient)}: {Reason(outcome)}");
        }
    }

    private void AppendDeliveryStatus()
    {
        var international = IsInternational;
        Part("Delivery report", international ? "message/global-delivery-status" : "message/delivery-status", international ? "8bit" : null);
        Line($"Reporting-MTA: dns; {_settings.MyHostname}");
        if (Message.Mail.EnvelopeId is { } envelopeId) Line($"Original-Envelope-Id: {LineWrap.Clean(envelopeId)}");
        Line($"X-{_settings.MailName}-Queue-ID: {Message.Id}");
        if (!Message.Sender.IsNull) Line($"X-{_settings.MailName}-Sender: {TypedAddress.Of(Message.Sender, international, " ")}");
        Line($"Arrival-Date: {Date(Message.Arrived)}");
        foreach (var (recipient, outcome) in _recipients)
        {
            Line("");
            AppendRecipient(recipient, outcome, international);
        }
    }

    private void AppendRecipient(QueuedRecipient recipient, RecipientOutcome outcome, bool international)
    {
        Line($"Final-Recipient: {TypedAddress.Of(recipient.Address, international, " ")}");
        Line($"Original-Recipient: {(recipient.Parameters.OriginalRecipient is { } given ? TypedAddress.Of(given, international) : TypedAddress.Of(recipient.Original ?? recipient.Address, international, ""))}");
        Line($"Action: {Action(outcome)}");
        Line($"Status: {outcome.Status}");
        if (outcome is { RemoteReply: not null, RemoteHost: { } host }) Line($"Remote-MTA: dns; {LineWrap.Clean(host, isAscii: true)}");
        var diagnostic = outcome.RemoteReply is { } reply ? $"smtp; {reply}" : $"X-{_settings.MailName}; {outcome.Text}";
        LineWrap.Append(_text, $"Diagnostic-Code: {diagnostic}", isAscii: !international);
        if (_request.Kind == ReportKind.Delay) Line($"Will-Retry-Until: {Date(Message.Arrived + (Message.Sender.IsNull ? _settings.BounceQueueLifetime : _settings.MaximalQueueLifetime))}");
    }

    private void AppendReturnedPartHead(bool returnsAll)
    {
        var prefix = _request.Kind == ReportKind.Success || IsAnswer ? "" : "Undelivered ";
        var (whole, headers) = IsInternational ? ("message/global", "message/global-headers") : ("message/rfc822", "text/rfc822-headers");
        Part(returnsAll ? prefix + "Message" : prefix + "Message Headers", returnsAll ? whole : headers, "8bit");
        Line($"Return-Path: <{LineWrap.Clean(Message.Sender.ToEnvelope())}>");
    }

    private void Part(string description, string type, string? encoding)
    {
        Line("");
        Line($"--{_boundary}");
        Line($"Content-Description: {description}");
        Line($"Content-Type: {type}");
        if (encoding is not null) Line($"Content-Transfer-Encoding: {encoding}");
        Line("");
    }

    private string Subject() => _request.Reader == ReportReader.Sender ? _template.Subject ?? (IsAnswer ? ReportWords.AnswerSubject : ReportWords.Subject(_request.Kind)) : _template.PostmasterSubject ?? ReportWords.PostmasterSubject(_request.Kind);

    private string From()
    {
        var origin = _settings.MyOrigin ?? _settings.MyHostname;
        if (_template.From is not { } from) return $"{ReportWords.DaemonName} <MAILER-DAEMON@{origin}>";
        if (from.Contains('@', StringComparison.Ordinal)) return from;
        // "MAILER-DAEMON (Mail Delivery System)" or "Mail Delivery System <MAILER-DAEMON>"
        var end = from.IndexOf('>', StringComparison.Ordinal);
        if (end < 0) end = from.IndexOf(' ', StringComparison.Ordinal);
        return end < 0 ? $"{from}@{origin}" : $"{from[..end]}@{origin}{from[end..]}";
    }

    private string Action(RecipientOutcome outcome) => _request.Kind switch
    {
        _ when IsAnswer => outcome.Action == DeliveryAction.Delivered ? "deliverable" : "undeliverable",
        ReportKind.Delay => "delayed",
        ReportKind.Success => outcome.IsExpanded ? "expanded" : outcome.IsFinal ? "delivered" : "relayed",
        _ => "failed",
    };

    private string Reason(RecipientOutcome outcome) =>
        _request.Kind == ReportKind.Success && !IsAnswer && outcome.Relay != "none" ? $"delivery via {outcome.Relay}: {outcome.Text}" : outcome.Text;

    private static string ExpandedFrom(QueuedRecipient recipient) =>
        recipient.Original is { } original && original != recipient.Address ? $" (expanded from <{original}>)" : "";

    private static string Date(DateTimeOffset time) => time.UtcDateTime.ToString("ddd, d MMM yyyy HH:mm:ss '+0000 (UTC)'", CultureInfo.InvariantCulture);

    private void Line(string line) => _text.Append(line).Append("\r\n");
}
