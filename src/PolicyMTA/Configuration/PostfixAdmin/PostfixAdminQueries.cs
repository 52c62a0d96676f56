namespace PolicyMTA.Configuration.PostfixAdmin;

/// <summary>
/// What is asked of PostfixAdmin's tables, written once for its three databases: truth and the joining of texts differ. Rows that are not active do not count.
/// The domain <c>ALL</c> is PostfixAdmin's own sign for a superadmin.
/// </summary>
internal static class PostfixAdminQueries
{
    /// <summary>The tables, by the name of their <c>[tables.NAME]</c> section, for a type of database.</summary>
    public static IReadOnlyDictionary<string, string> For(string type)
    {
        var (yes, no) = type == "pgsql" ? ("true", "false") : ("1", "0");
        string Join(string one, string other) => type == "mysql" ? $"CONCAT({one}, {other})" : $"{one} || {other}";
        var throughAliasDomain = $"alias_domain.alias_domain = '%d' AND alias_domain.active = {yes}";
        var isActiveDomain = $"IN (SELECT domain FROM domain WHERE active = {yes})";
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["postfixadmin_domains"] = $"SELECT domain FROM domain WHERE domain = '%s' AND domain <> 'ALL' AND backupmx = {no} AND active = {yes}",
            ["postfixadmin_relay_domains"] = $"SELECT domain FROM domain WHERE domain = '%s' AND domain <> 'ALL' AND backupmx = {yes} AND active = {yes}",
            ["postfixadmin_mailboxes"] = $"SELECT maildir FROM mailbox WHERE username = '%s' AND active = {yes}",
            ["postfixadmin_alias_domain_mailboxes"] =
                $"SELECT mailbox.maildir FROM mailbox, alias_domain WHERE {throughAliasDomain} AND mailbox.username = {Join("'%u'", Join("'@'", "alias_domain.target_domain"))} AND mailbox.active = {yes}",
            ["postfixadmin_aliases"] = $"SELECT goto FROM alias WHERE address = '%s' AND active = {yes}",
            ["postfixadmin_alias_domains"] =
                $"SELECT alias.goto FROM alias, alias_domain WHERE {throughAliasDomain} AND alias.address = {Join("'%u'", Join("'@'", "alias_domain.target_domain"))} AND alias.active = {yes}",
            ["postfixadmin_alias_domain_catchalls"] =
                $"SELECT alias.goto FROM alias, alias_domain WHERE {throughAliasDomain} AND alias.address = {Join("'@'", "alias_domain.target_domain")} AND alias.active = {yes}",
            ["postfixadmin_logins"] = $"SELECT username FROM mailbox WHERE username = '%s' AND active = {yes}",
            ["postfixadmin_passwords"] = $"SELECT password FROM mailbox WHERE username = '%s' AND active = {yes} AND domain {isActiveDomain}",
            ["postfixadmin_quotas"] = $"SELECT quota FROM mailbox WHERE username = '%s' AND active = {yes}",
        };
    }
}
