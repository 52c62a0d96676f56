using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Submission;

/// <summary>
/// Postfix's lists of users, as in <c>authorized_submit_users</c>: login names, <c>static:anyone</c> for all, <c>!</c> before one who may not; the first that
/// fits decides. An immutable value.
/// </summary>
public sealed class UserList
{
    private const string Everybody = "static:";

    private readonly IReadOnlyList<string> _words;

    private UserList(IReadOnlyList<string> words) => _words = words;

    /// <summary>All users.</summary>
    public static UserList Anyone { get; } = new([Everybody + "anyone"]);

    /// <summary>The list of some words.</summary>
    public static UserList Parse(IReadOnlyList<string> words) => new(words);

    /// <summary>What is wrong with some words; null when nothing is.</summary>
    public static string? FindMistake(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return words.FirstOrDefault(word => word.TrimStart('!').Length == 0 || (word.Contains(':', StringComparison.Ordinal) && !word.TrimStart('!').StartsWith(Everybody, StringComparison.Ordinal))) is { } wrong
            ? $"'{wrong}' is no login name, !name or static:anyone"
            : null;
    }

    /// <summary>Whether a user is in the list.</summary>
    public bool Contains(LocalUser user)
    {
        ArgumentNullException.ThrowIfNull(user);
        foreach (var word in _words)
        {
            var name = word.TrimStart('!');
            if (name == user.Name || name.StartsWith(Everybody, StringComparison.Ordinal)) return word[0] != '!';
        }
        return false;
    }
}
