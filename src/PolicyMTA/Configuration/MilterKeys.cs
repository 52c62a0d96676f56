namespace PolicyMTA.Configuration;

/// <summary>The parameters of milters (MILTER_README), and of what they found.</summary>
internal static class MilterKeys
{
    public static IEnumerable<KeyDefinition> All() =>
    [
        new("smtpd_milters", KeyKind.List, "", "The milters that follow a session, in their order: names that plugins gave them, or `inet:host:port` and `unix:path` of a filter in a process of its own. `{ NAME, default_action=accept, connect_timeout=5s }` gives one its own settings.") { PerListener = true },
        new("smtpd_milter_maps", KeyKind.Tables, "", "Milters by client address, in the place of `smtpd_milters`; `DISABLE` for none. A table that can't say, or names a milter that stands in no list, changes nothing and is told in the log.") { PerListener = true },
        new("smtpd_milter_choices", KeyKind.List, "", "Further milters that `smtpd_milter_maps` may name."),
        new("non_smtpd_milters", KeyKind.List, "", "The milters for mail that this machine's users submit."),
        new("milter_default_action", KeyKind.Choice, "tempfail", "What it means for the mail when a milter fails or takes too long: `quarantine` takes it and holds it, `shutdown` ends the session.")
        {
            Choices = ["tempfail", "accept", "reject", "quarantine", "shutdown"], PerListener = true,
        },
        Duration("milter_connect_timeout", "30s", "How long a milter may take to begin with a session."),
        Duration("milter_command_timeout", "30s", "How long it may take for a command."),
        Duration("milter_content_timeout", "300s", "How long it may take for a message."),
        new("milter_macro_daemon_name", KeyKind.Text, "$myhostname", "What filters are told this service is called (the macro `{daemon_name}`); OpenDKIM takes `ORIGINATING` for mail to sign.") { PerListener = true },
        new("authserv_id", KeyKind.Text, "$myhostname", "Who speaks in the Authentication-Results field that tells what restrictions and milters found. A field of that name from outside `mynetworks` is removed. Empty: none is written, none removed.")
        {
            PerListener = true,
            FindMistake = words => words.Count > 1 || words.Any(word => word.AsSpan().ContainsAnyExcept(Plain)) ? "it must be one word, as a host name is" : null,
        },
    ];

    private static readonly System.Buffers.SearchValues<char> Plain = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");

    private static KeyDefinition Duration(string name, string value, string what) => new(name, KeyKind.Duration, value, what) { PerListener = true };
}
