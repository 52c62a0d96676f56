using System.Globalization;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Commands;

/// <summary>The macros of pipe(8) in the arguments of a command: <c>$name</c>, <c>${name}</c>, <c>$(name)</c>.</summary>
public sealed class CommandMacros(DeliveryRequest request, PipeSettings settings, string recipientDelimiter)
{
    private static readonly string[] OfRecipient = ["recipient", "original_recipient", "user", "mailbox", "domain", "extension"];
    private static readonly string[] OfMessage =
        ["sender", "nexthop", "queue_id", "size", "client_address", "client_hostname", "client_helo", "client_protocol", "sasl_username"];

    /// <summary>The macros there are.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. OfRecipient, .. OfMessage];

    /// <summary>The first unknown macro of a command, or null.</summary>
    public static string? FindUnknown(IEnumerable<string> words) => words.SelectMany(Names).FirstOrDefault(name => !Known.Contains(name));

    /// <summary>An argument that speaks of the recipient stands once for each.</summary>
    /// <exception cref="FormatException">A value would be taken for an option.</exception>
    public List<string> Expand(IReadOnlyList<QueuedRecipient> recipients)
    {
        var words = new List<string>();
        foreach (var word in settings.Command)
        {
            if (Names(word).Any(OfRecipient.Contains)) words.AddRange(recipients.Select(recipient => Expand(word, recipient)));
            else words.Add(Expand(word, recipients[0]));
        }
        return words;
    }

    private static IEnumerable<string> Names(string word)
    {
        for (var i = 0; i < word.Length; i++)
        {
            if (word[i] == '$' && TryReadName(word, ref i, out var name)) yield return name;
        }
    }

    private string Expand(string word, QueuedRecipient recipient)
    {
        var text = new StringBuilder();
        for (var i = 0; i < word.Length; i++)
        {
            if (word[i] != '$' || !TryReadName(word, ref i, out var name))
            {
                text.Append(word[i]);
                continue;
            }
            var value = Find(name, recipient);
            // Whoever writes to -oQ/tmp/x@example.org must not talk to the program that gets it.
            if (text.Length == 0 && value.StartsWith('-')) throw new FormatException($"{name} begins with a dash");
            if (value.Any(char.IsControl)) throw new FormatException($"{name} has control characters");
            text.Append(value);
        }
        return text.ToString();
    }

    // $$ is a dollar; i ends at the last character of the macro.
    private static bool TryReadName(string word, ref int i, out string name)
    {
        name = "";
        if (i + 1 >= word.Length) return false;
        if (word[i + 1] == '$')
        {
            i++;
            return false;
        }
        var (open, close) = word[i + 1] switch { '{' => (true, '}'), '(' => (true, ')'), _ => (false, ' ') };
        var start = i + (open ? 2 : 1);
        var end = open ? word.IndexOf(close, start) : start;
        while (!open && end < word.Length && (char.IsAsciiLetterLower(word[end]) || word[end] == '_')) end++;
        if (end <= start) return false;
        name = word[start..end];
        i = open ? end : end - 1;
        return true;
    }

    private string Find(string name, QueuedRecipient recipient)
    {
        var origin = request.Message.Origin;
        var (user, extension) = Split(recipient.Address.Local);
        return name switch
        {
            "sender" => request.Message.Sender.IsNull ? settings.NullSender : Quote(request.Message.Sender),
            "recipient" => Quote(recipient.Address),
            "original_recipient" => Quote(recipient.Original ?? recipient.Address),
            "user" => Fold('u', user),
            "extension" => Fold('u', extension),
            "mailbox" => Fold('u', recipient.Address.Local),
            "domain" => Fold('h', recipient.Address.Domain),
            "nexthop" => Fold('h', request.NextHop),
            "queue_id" => request.Message.Id.ToString(),
            "size" => request.Message.Content.Length.ToString(CultureInfo.InvariantCulture),
            "client_hostname" => origin.Client.Split('[')[0],
            "client_address" => origin.Client.IndexOf('[', StringComparison.Ordinal) is >= 0 and var at ? origin.Client[(at + 1)..].TrimEnd(']') : "",
            "client_helo" => origin.Helo,
            "client_protocol" => origin.Protocol,
            "sasl_username" => origin.SaslUser ?? "",
            _ => "",
        };
    }

    private (string User, string Extension) Split(string local)
    {
        var at = recipientDelimiter.Length == 0 ? -1 : local.AsSpan().IndexOfAny(recipientDelimiter);
        return at > 0 ? (local[..at], local[(at + 1)..]) : (local, "");
    }

    private string Fold(char flag, string text) => settings.Flags.Contains(flag, StringComparison.Ordinal) ? text.ToLowerInvariant() : text;

    // Flag q: as in an envelope, "white space"@example.org; else as people write it.
    private string Quote(Address address)
    {
        var (local, domain) = (Fold('u', address.Local), Fold('h', address.Domain));
        var folded = address with { Local = local, Domain = domain };
        return settings.Flags.Contains('q', StringComparison.Ordinal) ? folded.ToEnvelope() : folded.ToString();
    }
}
