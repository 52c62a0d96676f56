using System.Text.RegularExpressions;

namespace PolicyMTA.Import.Translation;

/// <summary>Lists of restrictions as policy files.</summary>
internal sealed partial class RestrictionLists(TargetCatalogue catalogue, TableReferences tables, IReadOnlySet<string> classes)
{
    /// <summary>The parameters and the stages they become.</summary>
    public static IReadOnlyDictionary<string, string> Stages { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["smtpd_client_restrictions"] = "client",
        ["smtpd_helo_restrictions"] = "helo",
        ["smtpd_sender_restrictions"] = "sender",
        ["smtpd_relay_restrictions"] = "relay",
        ["smtpd_recipient_restrictions"] = "recipient",
        ["smtpd_data_restrictions"] = "data",
        ["smtpd_end_of_data_restrictions"] = "end_of_data",
        ["smtpd_etrn_restrictions"] = "etrn",
    };

    /// <summary>A list.</summary>
    /// <param name="title">What it was.</param>
    /// <param name="stage">Its stage; null for a class, which may stand in any.</param>
    /// <param name="text">The expanded value.</param>
    /// <param name="losses">What is not in the result.</param>
    public PolicyList Translate(string title, string? stage, string text, ICollection<string> losses)
    {
        var list = new PolicyList(title);
        var words = new Queue<string>(WordsOf.List(text));
        var warns = false;
        while (words.TryDequeue(out var word))
        {
            var name = word.ToLowerInvariant();
            if (name == "warn_if_reject")
            {
                warns = true;
                continue;
            }
            foreach (var rule in Make(list, stage, word, name, words, losses)) list.Rules.Add(warns ? $"warn_if_reject({rule})" : rule);
            warns = false;
        }
        return list;
    }

    private IEnumerable<string> Make(PolicyList list, string? stage, string word, string name, Queue<string> words, ICollection<string> losses)
    {
        if (classes.Contains(word))
        {
            var imported = Identifier(word);
            list.Classes[imported] = word;
            return [$"...{imported}"];
        }
        if (word.Contains(':', StringComparison.Ordinal) && TableWord().IsMatch(word)) return Access(list, stage, word, losses);
        if (!catalogue.Restrictions.Contains(name) && catalogue.FindSuccessor(name) is { } successor) name = successor;
        if (!catalogue.Restrictions.Contains(name)) return Refuse(list, $"there is no restriction {word}", losses);
        if (!TakesArgument(name)) return [$"r.{name}()"];
        if (!words.TryDequeue(out var argument)) return Refuse(list, $"{word} wants an argument", losses);
        return [$"r.{name}({Arguments(name, argument, losses)})"];
    }

    // A table alone is asked about the stage's own matter.
    private IEnumerable<string> Access(PolicyList list, string? stage, string word, ICollection<string> losses) =>
        stage is "client" or "helo" or "sender" or "recipient" or "etrn"
            ? [$"r.check_{stage}_access({JavaScript.Quote(tables.Rewrite(word, losses))})"]
            : Refuse(list, $"{word} has no restriction before it that says what to ask it", losses);

    private static IEnumerable<string> Refuse(PolicyList list, string why, ICollection<string> losses)
    {
        list.Comments.Add($"Left out: {why}.");
        losses.Add(why);
        return [];
    }

    private string Arguments(string name, string argument, ICollection<string> losses)
    {
        if (name == "sleep") return JavaScript.Quote(argument.All(char.IsAsciiDigit) ? argument + "s" : argument);
        if (!argument.StartsWith('{')) return JavaScript.Quote(name.EndsWith("_access", StringComparison.Ordinal) ? tables.Rewrite(argument, losses) : argument);
        var parts = WordsOf.List(argument[1..^1].Trim());
        if (parts.Count == 0) return "''";
        var options = parts.Skip(1).Select(part => Option(part, losses)).OfType<string>().ToList();
        var first = JavaScript.Quote(tables.Rewrite(parts[0], losses));
        return options.Count == 0 ? first : $"{first}, {{ {string.Join(", ", options)} }}";
    }

    // "timeout=10s", or with white space in it "{ default_action = 451 4.3.5 later }".
    private static string? Option(string part, ICollection<string> losses)
    {
        var pair = (part is ['{', .., '}'] ? part[1..^1] : part).Split('=', 2);
        if (pair.Length == 2) return $"{pair[0].Trim()}: {JavaScript.Quote(pair[1].Trim())}";
        losses.Add($"\"{part}\" is no name=value");
        return null;
    }

    /// <summary>True where a word follows that belongs to it.</summary>
    public static bool TakesArgument(string name) =>
        name is "check_policy_service" or "permit_dnswl_client" or "permit_rhswl_client" or "reject_rbl_client" or "sleep"
        || name.StartsWith("reject_rhsbl_", StringComparison.Ordinal)
        || (name.StartsWith("check_", StringComparison.Ordinal) && name.EndsWith("_access", StringComparison.Ordinal));

    /// <summary>The name a class is imported under.</summary>
    private static string Identifier(string name)
    {
        var identifier = NoIdentifier().Replace(name, "_");
        return char.IsAsciiDigit(identifier[0]) || identifier is "r" or "default" or "class" or "import" or "export" or "new" or "delete" or "in" ? "_" + identifier : identifier;
    }

    [GeneratedRegex(@"^[a-z]+:")]
    private static partial Regex TableWord();

    [GeneratedRegex(@"[^A-Za-z0-9_]")]
    private static partial Regex NoIdentifier();
}
