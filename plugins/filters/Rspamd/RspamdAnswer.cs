using System.Globalization;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Rspamd;

/// <summary>What rspamd says of a message. An immutable value.</summary>
internal sealed record RspamdAnswer
{
    /// <summary>Its action: <c>reject</c>, <c>soft reject</c>, <c>greylist</c>, <c>add header</c>, <c>rewrite subject</c>, <c>no action</c>, or one of the site's.</summary>
    public required string Action { get; init; }
    public double Score { get; init; }
    public double Required { get; init; }
    /// <summary>The symbols that hit.</summary>
    public IReadOnlyList<string> Symbols { get; init; } = [];
    /// <summary>What the client shall read; null when rspamd did not say.</summary>
    public string? SmtpMessage { get; init; }
    /// <summary>The subject instead; null when it stays.</summary>
    public string? Subject { get; init; }
    /// <summary>Signatures for the top of the message.</summary>
    public IReadOnlyList<string> Signatures { get; init; } = [];
    /// <summary>Fields that go, before others come.</summary>
    public IReadOnlyList<Removal> Removals { get; init; } = [];
    /// <summary>Fields that come.</summary>
    public IReadOnlyList<Addition> Additions { get; init; } = [];
    /// <summary>Fields that mark spam, instead of <c>X-Spam: Yes</c>; null when rspamd did not say.</summary>
    public IReadOnlyList<Addition>? SpamFields { get; init; }
    /// <summary>What a rejection is made: <c>quarantine</c> or <c>discard</c>; null when it stays one.</summary>
    public string? InsteadOfReject { get; init; }
    /// <summary>Only the changes count, not the action.</summary>
    public bool IsWithoutAction { get; init; }
    /// <summary>The sender instead; null when it stays.</summary>
    public string? Sender { get; init; }
    public IReadOnlyList<string> AddedRecipients { get; init; } = [];
    public IReadOnlyList<string> RemovedRecipients { get; init; } = [];

    /// <summary>For policies only: nobody outside needs to know our scores.</summary>
    internal AuthenticationResult Result => new("rspamd", Action) { IsPublished = false, Properties = [new("score", Text(Score)), new("required", Text(Required)), new("symbols", string.Join(',', Symbols))] };

    private static string Text(double number) => number.ToString("0.0##", CultureInfo.InvariantCulture);

    /// <summary>A field that goes: the n-th of that name, from the end when it is negative; 0 means all.</summary>
    internal sealed record Removal(string Name, int Occurrence);

    /// <summary>A field that comes; its place counts from 0, below 0 is the end.</summary>
    internal sealed record Addition(string Name, string Value, int Place = -1);
}
