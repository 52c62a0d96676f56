using PolicyMTA.Sdk;

namespace PolicyMTA.Configuration.PostfixAdmin;

/// <summary>
/// <c>[postfixadmin]</c>: one database of PostfixAdmin's is all maps and logins. What it gives are tables of their own names and values for parameters; whoever
/// writes a parameter himself has his own.
/// </summary>
/// <param name="Tables">The tables that it adds.</param>
/// <param name="Values">The parameters that it sets.</param>
internal sealed record PostfixAdminSection(IReadOnlyDictionary<string, TableSection> Tables, IReadOnlyDictionary<string, string> Values)
{
    /// <summary>There is no such section.</summary>
    public static readonly PostfixAdminSection None = new(new Dictionary<string, TableSection>(), new Dictionary<string, string>());

    private static readonly Dictionary<string, string> Parameters = new(StringComparer.Ordinal)
    {
        ["virtual_mailbox_domains"] = "proxy:postfixadmin_domains",
        ["virtual_mailbox_maps"] = "proxy:postfixadmin_mailboxes, proxy:postfixadmin_alias_domain_mailboxes",
        ["virtual_alias_maps"] = "proxy:postfixadmin_aliases, proxy:postfixadmin_alias_domains, proxy:postfixadmin_alias_domain_catchalls",
        ["virtual_mailbox_quota_maps"] = "proxy:postfixadmin_quotas",
        ["relay_domains"] = "proxy:postfixadmin_relay_domains",
        ["smtpd_sasl_auth_enable"] = "yes",
        ["smtpd_sasl_type"] = "passwords",
        ["smtpd_sasl_password_table"] = "proxy:postfixadmin_passwords",
        // Whom an alias leads to may use its address; PostfixAdmin gives every mailbox an alias to itself.
        ["smtpd_sender_login_maps"] = "proxy:postfixadmin_aliases, proxy:postfixadmin_alias_domains, proxy:postfixadmin_logins",
    };

    /// <summary>What the section gives; nothing when it names no database.</summary>
    /// <exception cref="ConfigurationException">The database or the file of its password can't be read.</exception>
    public static PostfixAdminSection From(Parameters section, SourcePosition position)
    {
        if (section.Text("database") is not { Length: > 0 } text) return None;
        var database = PostfixAdminDatabase.Parse(text, section.Root, section.FilePath("password_file") is { } file ? ReadPassword(file) : null);
        var tables = PostfixAdminQueries.For(database.Type).ToDictionary(
            query => query.Key, query => new TableSection(database.Type, "", new Dictionary<string, string>(database.Access) { ["query"] = query.Value }, position), StringComparer.Ordinal);
        return new PostfixAdminSection(tables, Parameters);
    }

    private static string ReadPassword(string file)
    {
        try
        {
            return File.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"the password file can't be read: {error.Message}", error);
        }
    }
}
