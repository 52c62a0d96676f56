using System.Formats.Asn1;
using System.Globalization;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Ldap;

/// <summary>Which attributes of an entry are results, and which name further entries (ldap_table(5)).</summary>
/// <param name="Normal"><c>result_attribute</c>: values of every entry that is not terminal.</param>
/// <param name="Special"><c>special_result_attribute</c>: DNs and URLs of further entries.</param>
/// <param name="Leaf"><c>leaf_result_attribute</c>: values unless the entry names further ones.</param>
/// <param name="Terminal"><c>terminal_result_attribute</c>: when there is one, it alone counts.</param>
internal sealed record LdapAttributes(IReadOnlyList<string> Normal, IReadOnlyList<string> Special, IReadOnlyList<string> Leaf, IReadOnlyList<string> Terminal)
{
    internal IReadOnlyList<string> All { get; } = [.. Terminal, .. Leaf, .. Normal, .. Special];
}

/// <summary>The parameters of ldap_table(5), read and checked.</summary>
internal sealed record LdapTableOptions(
    IReadOnlyList<LdapAddress> Servers, LdapLogin Login, KeyTemplate Base, LdapScope Scope, KeyTemplate Filter, LdapAttributes Attributes,
    ResultFormat Format, KeyDomains? Domains, int SizeLimit, int RecursionLimit, int Dereference, TimeSpan Timeout)
{
    private const int DefaultPort = 389, DefaultTimeout = 10, LongestTimeout = 100, DefaultRecursion = 1000;

    // A key that has every part, to see at once whether filter and base are right.
    private const string Sample = "a@b.c.d.e.f.g.h.i.j";

    private static readonly string[] Known =
    [
        "server_host", "server_port", "timeout", "search_base", "query_filter", "result_format", "result_filter", "domain", "result_attribute", "special_result_attribute",
        "terminal_result_attribute", "leaf_result_attribute", "scope", "bind", "bind_dn", "bind_pw", "sasl_mechs", "sasl_authz_id", "recursion_limit", "expansion_limit", "size_limit",
        "dereference", "chase_referrals", "version", "start_tls", "tls_ca_cert_file", "tls_ca_cert_dir", "tls_cert", "tls_key", "tls_require_cert", "tls_random_file", "debuglevel",
        "cache", "cache_expiry", "cache_size",
    ];

    /// <summary>What the parameters say of the cache; null for none.</summary>
    internal TableCaching? Caching { get; private init; }

    internal static LdapTableOptions Read(TableArguments arguments, ILookupTables tables)
    {
        var parameters = QueryParameters.Read(arguments, Known);
        var expansions = parameters.Int32("expansion_limit", 0);
        var format = parameters.Find("result_format") is { Length: > 0 } ? "result_format" : "result_filter";
        if (parameters.Find("chase_referrals") is not (null or "" or "no" or "0")) throw parameters.Mistake("chase_referrals", "referrals are not followed: name the servers that hold the entries");
        if (parameters.Find("version") is "2") throw parameters.Mistake("version", "PolicyMTA speaks version 3");
        var options = new LdapTableOptions(
            ReadServers(parameters),
            ReadLogin(parameters),
            parameters.Parse("search_base", KeyTemplate.Parse),
            parameters.Find("scope") switch { null or "" or "sub" => LdapScope.Subtree, "one" => LdapScope.One, "base" => LdapScope.Base, var other => throw parameters.Mistake("scope", $"'{other}' is none of sub, one, base") },
            parameters.Find("query_filter") is { Length: > 0 } ? parameters.Parse("query_filter", KeyTemplate.Parse) : KeyTemplate.Parse("(mailacceptinggeneralid=%s)"),
            ReadAttributes(parameters),
            parameters.Find(format) is { Length: > 0 } ? parameters.Parse(format, text => ResultFormat.Parse(text, expansions)) : ResultFormat.Parse("%s", expansions),
            KeyDomains.Parse(parameters.Find("domain"), tables),
            parameters.Int32("size_limit", expansions),
            parameters.Int32("recursion_limit", DefaultRecursion),
            Between(parameters, "dereference", 0, 0, 3),
            TimeSpan.FromSeconds(Between(parameters, "timeout", DefaultTimeout, 1, LongestTimeout))) { Caching = parameters.Caching(null) };
        Check(parameters, options);
        return options;
    }

    /// <summary>The search for a key; null when the key lacks a part that is named.</summary>
    internal LdapSearch? Search(string key) =>
        Base.Expand(key, QuoteName) is { } searched && Filter.Expand(key, LdapFilter.Quote) is { } filter ? Search(searched, Scope, filter, Attributes.All) : null;

    internal LdapSearch Search(string searched, LdapScope scope, string filter, IReadOnlyList<string> attributes) => new(searched, scope, filter, attributes, SizeLimit, Dereference, Timeout);

    // A value in a DN (RFC 4514 §2.4): all that could end or change it is written in hexadecimal.
    private static string QuoteName(string value)
    {
        var quoted = new StringBuilder();
        foreach (var c in value)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '@' || c > '\x7f') quoted.Append(c);
            else quoted.Append(CultureInfo.InvariantCulture, $"\\{(int)c:X2}");
        }
        return quoted.ToString();
    }

    private static void Check(QueryParameters parameters, LdapTableOptions options)
    {
        if (!options.Filter.HasExpansions && !options.Base.HasExpansions) throw parameters.Mistake("query_filter", "the key is not asked for: there is none of %s %u %d %1 … %9");
        parameters.Parse(parameters.Find("query_filter") is { Length: > 0 } ? "query_filter" : "search_base", _ =>
        {
            LdapFilter.Write(options.Filter.Expand(Sample, LdapFilter.Quote)!, new AsnWriter(AsnEncodingRules.BER));
            return true;
        });
    }

    private static List<LdapAddress> ReadServers(QueryParameters parameters)
    {
        var port = Between(parameters, "server_port", DefaultPort, 1, ushort.MaxValue);
        var names = (parameters.Find("server_host") is { Length: > 0 } given ? given : "localhost").Split([' ', '\t', ',', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return [.. names.Select(name =>
        {
            try
            {
                return LdapAddress.Parse(name, port);
            }
            catch (ConfigurationException error)
            {
                throw parameters.Mistake("server_host", error.Message);
            }
        })];
    }

    private static LdapLogin ReadLogin(QueryParameters parameters)
    {
        var kind = parameters.Find("bind") switch
        {
            null or "" or "yes" => LdapBind.Simple,
            "no" or "none" => LdapBind.None,
            "sasl" when (parameters.Find("sasl_mechs") ?? "").Equals("EXTERNAL", StringComparison.OrdinalIgnoreCase) => LdapBind.External,
            "sasl" => throw parameters.Mistake("sasl_mechs", "EXTERNAL is the one mechanism there is"),
            var other => throw parameters.Mistake("bind", $"'{other}' is none of yes, no, none, sasl"),
        };
        var (name, password) = (parameters.Find(kind == LdapBind.External ? "sasl_authz_id" : "bind_dn") ?? "", parameters.Find("bind_pw") ?? "");
        // RFC 4513 §5.1.2: a name without a password is a bind as nobody that looks like a success.
        if (kind == LdapBind.Simple && name.Length > 0 && password.Length == 0) throw parameters.Mistake("bind_pw", "is missing for bind_dn");
        return new LdapLogin(kind, name, password, LdapTls.YesNo(parameters, "start_tls"), LdapTls.Read(parameters));
    }

    private static LdapAttributes ReadAttributes(QueryParameters parameters)
    {
        var (special, leaf, terminal) = (Names("special_result_attribute"), Names("leaf_result_attribute"), Names("terminal_result_attribute"));
        // An attribute named for a special use needs not be named again (ldap_table(5)).
        string[] normal = parameters.Find("result_attribute") is { } given ? Split(given) : special.Length + leaf.Length + terminal.Length > 0 ? [] : ["maildrop"];
        return new LdapAttributes(normal, special, leaf, terminal);

        string[] Names(string name) => Split(parameters.Find(name) ?? "");
        string[] Split(string text) => text.Split([' ', '\t', ',', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
    }

    private static int Between(QueryParameters parameters, string name, int standard, int least, int most) =>
        parameters.Int32(name, standard) is var value && value >= least && value <= most ? value : throw parameters.Mistake(name, $"{value} is not between {least} and {most}");
}
