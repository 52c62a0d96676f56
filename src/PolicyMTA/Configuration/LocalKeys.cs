using PolicyMTA.Delivery;

namespace PolicyMTA.Configuration;

/// <summary>The parameters of the transport <c>local</c> (local(8)).</summary>
internal static class LocalKeys
{
    private static readonly string[] Expansions = ["alias", "forward", "include"];
    private static readonly string[] Deliveries = ["command", "file", "forward"];

    public static IEnumerable<KeyDefinition> All() =>
    [
        List("alias_maps", "hash:/etc/aliases", "The aliases of local users. `hash:` and the other file types are read as they stand, in the format of aliases(5), whenever they have changed: there is nothing to compile."),
        List("alias_database", "hash:/etc/aliases", "The alias files that `newaliases` looks through."),
        Yes("owner_request_special", "yes", "With an alias `owner-NAME`, mail that goes through NAME has that as its sender."),
        Yes("expand_owner_alias", "no", "The sender is what `owner-NAME` stands for."),
        Words("allow_mail_to_commands", "alias, forward", "Where a `|command` may stand: `alias`, `forward`, `include`.", Expansions),
        Words("allow_mail_to_files", "alias, forward", "Where a `/file` may stand.", Expansions),
        Words("prepend_delivered_header", "command, file, forward", "Where a field Delivered-To is put in front. Without it for `forward` only the count of Received fields ends a loop.", Deliveries),
        Text("default_privs", "nobody", "The user of commands and files that no other user answers for, as those in an alias file of root."),
        Template("forward_path", "", "Users' own destinations: the files to look for, with `$home`, `$user`, `$extension`, `$recipient_delimiter`, `$domain`, `$local`, `$shell`. Empty: users have no say. Postfix has `$home/.forward${recipient_delimiter}${extension}, $home/.forward`."),
        Text("forward_expansion_filter", LocalSettings.SafeCharacters, "The characters of an address that may become part of such a path; others become underscores."),
        Tables("mailbox_transport_maps", "", "Users whose mailboxes another transport delivers to, known to this machine or not."),
        Text("mailbox_transport", "", "The same for all local mailboxes, as `lmtp:unix:private/dovecot-lmtp`."),
        Tables("mailbox_command_maps", "", "Commands that users' mail is given to in the place of a mailbox."),
        Template("mailbox_command", "", "The same for all. It finds `$USER`, `$HOME`, `$SHELL`, `$LOGNAME`, `$EXTENSION`, `$DOMAIN`, `$LOCAL`, `$RECIPIENT`, `$ORIGINAL_RECIPIENT`, `$SENDER`, `$CLIENT_ADDRESS` and their like in its environment."),
        Text("home_mailbox", "", "The mailbox in a user's home, as `Maildir/`; with a slash it is a maildir."),
        File("mail_spool_directory", "/var/mail", "The folder of mailboxes when `home_mailbox` is empty; with a slash at the end they are maildirs."),
        Tables("fallback_transport_maps", "", "Names that are neither aliases nor users, and the transports they go to."),
        Text("fallback_transport", "", "The same for all of them."),
        Template("luser_relay", "", "The address that gets what is for nobody, with the macros of `forward_path`: `$user@other.example`, `admin+$local`."),
        Template("command_execution_directory", "", "The folder a command runs in, with the same macros; the root folder when empty."),
        Text("command_expansion_filter", LocalSettings.SafeCharacters, "The characters of addresses that a command's environment keeps; others become underscores."),
        Text("execution_directory_expansion_filter", LocalSettings.SafeCharacters, "The same for the folder it runs in."),
        Duration("command_time_limit", "1000s", "How long a command may take."),
        Number("mailbox_size_limit", "51200000", "The largest mailbox file in bytes; 0 for no limit."),
        Yes("require_home_directory", "no", "Mail waits while a user's home is not there."),
        Yes("strict_mailbox_ownership", "yes", "Mail waits when a mailbox file does not belong to its user."),
    ];

    private static KeyDefinition Words(string name, string value, string what, string[] known) => List(name, value, what) with
    {
        FindMistake = words => words.FirstOrDefault(word => !known.Contains(word)) is { } wrong ? $"'{wrong}' is none of {string.Join(", ", known)}{Spelling.Suggest(wrong, known)}" : null,
    };

    private static KeyDefinition Template(string name, string value, string what) => new(name, KeyKind.Template, value, what)
    {
        // What a shell reads is the shell's.
        FindMistake = name == "mailbox_command" ? null : texts => LocalTemplates.FindMistake(texts[0]),
    };

    private static KeyDefinition Text(string name, string value, string what) => new(name, KeyKind.Text, value, what);
    private static KeyDefinition Number(string name, string value, string what) => new(name, KeyKind.Number, value, what);
    private static KeyDefinition Yes(string name, string value, string what) => new(name, KeyKind.Boolean, value, what);
    private static KeyDefinition Duration(string name, string value, string what) => new(name, KeyKind.Duration, value, what);
    private static KeyDefinition List(string name, string value, string what) => new(name, KeyKind.List, value, what);
    private static KeyDefinition Tables(string name, string value, string what) => new(name, KeyKind.Tables, value, what);
    private static KeyDefinition File(string name, string value, string what) => new(name, KeyKind.FilePath, value, what);
}
