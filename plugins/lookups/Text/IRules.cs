using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Text;

/// <summary>The rules of a text, ready to be asked. Immutable and thread-safe.</summary>
internal interface IRules
{
    bool AcceptsPartialKeys { get; }
    bool FoldsKeys { get; }

    /// <summary>Every key with its value, in the order of the text; null for rules that have no keys.</summary>
    IReadOnlyList<KeyValuePair<string, string>>? Entries => null;

    LookupResult Find(string key);
}

/// <summary>Makes rules of a text. A line that is wrong is left out, and told with its number, as Postfix does.</summary>
internal delegate IRules RuleParser(string text, Action<int, string> warn);
