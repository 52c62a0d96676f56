using System.Net;
using PolicyMTA.Receiving;

namespace PolicyMTA.Configuration;

/// <summary>Reads the sections <c>[listeners.NAME]</c>.</summary>
internal sealed class ListenerReader(SectionReader sections, Parameters common)
{
    /// <summary>All listeners, in the order of the file.</summary>
    public IReadOnlyList<ListenerSection> Read(TomlNode.Table document)
    {
        var listeners = new List<ListenerSection>();
        foreach (var (name, table, position) in sections.Named(document, "listeners"))
        {
            if (ReadOne(name, table, position) is { } listener) listeners.Add(listener);
        }
        RefuseSharedAddresses(listeners);
        if (!document.Entries.ContainsKey("listeners")) sections.Refuse(new SourcePosition(1, 1), "there is no [listeners.NAME] section: nobody could connect");
        return listeners;
    }

    private ListenerSection? ReadOne(string name, TomlNode.Table table, SourcePosition position)
    {
        var values = sections.Values(table);
        var own = ConfigurationKeys.Listener.ToDictionary(d => d.Name, d => values.Remove(d.Name, out var value) ? value : null);
        RefuseUnknown(values);
        var parameters = common.Override(values);
        sections.Check(parameters, values);
        var service = ReadService(own);
        var tls = service is null ? ReadTls(own["tls"], parameters, position) : ListenerTls.None;
        var protocol = ReadProtocol(own["protocol"]);
        var at = own["address"]?.Position ?? position;
        if (own["address"] is not { } address)
        {
            sections.Refuse(position, $"[listeners.{name}] needs a key 'address'");
            return null;
        }
        var mode = ReadMode(own["mode"]);
        var trusts = ReadTrust(own["trust_unix_clients"]);
        var endPoints = ParseAddress(address, parameters);
        return endPoints.Count == 0 ? null
            : new ListenerSection(name, endPoints[0], protocol, tls, own["policies"]?.Text ?? name, parameters, at) { Further = [.. endPoints.Skip(1)], Mode = mode, TrustsUnixClients = trusts, Service = service };
    }

    private void RefuseUnknown(Dictionary<string, ParameterValue> values)
    {
        var known = ConfigurationKeys.Listener.Select(d => d.Name).Concat(common.Definitions.Where(d => d.PerListener).Select(d => d.Name)).ToList();
        foreach (var (name, value) in values)
        {
            if (known.Contains(name)) continue;
            var isCommon = common.FindDefinition(name) is not null;
            sections.Refuse(value.KeyPosition, isCommon ? $"'{name}' holds for the whole server: it can't stand in a listener" : $"unknown key '{name}'{Spelling.Suggest(name, known)}");
        }
    }

    private string? ReadService(Dictionary<string, ParameterValue?> own)
    {
        if (own["service"] is not { Text.Length: > 0 } service) return null;
        foreach (var name in (string[])["protocol", "tls", "policies"])
        {
            if (own[name] is { } other) sections.Refuse(other.Position, $"'{name}' means nothing for a listener with a service");
        }
        return service.Text;
    }

    private ListenerProtocol ReadProtocol(ParameterValue? given)
    {
        if (given is { Text: not ("smtp" or "lmtp") }) sections.Refuse(given.Position, $"protocol: '{given.Text}' is none of smtp, lmtp");
        return given?.Text == "lmtp" ? ListenerProtocol.Lmtp : ListenerProtocol.Smtp;
    }

    private ListenerTls ReadTls(ParameterValue? given, Parameters parameters, SourcePosition position)
    {
        var hasCertificate = TextOrEmpty(parameters, "smtpd_tls_cert_file").Length > 0;
        var level = TextOrEmpty(parameters, "smtpd_tls_security_level");
        var tls = given?.Text switch
        {
            null => hasCertificate && level != "none" ? ListenerTls.StartTls : ListenerTls.None,
            "none" => ListenerTls.None,
            "starttls" => ListenerTls.StartTls,
            "implicit" => ListenerTls.Implicit,
            _ => (ListenerTls?)null,
        };
        if (tls is null) sections.Refuse(given!.Position, $"tls: '{given.Text}' is none of none, starttls, implicit");
        if (tls is ListenerTls.StartTls or ListenerTls.Implicit && !hasCertificate) sections.Refuse(given?.Position ?? position, "TLS needs smtpd_tls_cert_file");
        if (tls == ListenerTls.None && level == "encrypt") sections.Refuse(position, "smtpd_tls_security_level = \"encrypt\" needs a listener with TLS, and smtpd_tls_cert_file");
        return tls ?? ListenerTls.None;
    }

    // A value that can't be expanded has been reported already.
    private static string TextOrEmpty(Parameters parameters, string name)
    {
        try
        {
            return parameters.Text(name);
        }
        catch (Sdk.ConfigurationException)
        {
            return "";
        }
    }

    private IReadOnlyList<EndPoint> ParseAddress(ParameterValue address, Parameters parameters)
    {
        try
        {
            var found = new ListenAddresses(parameters).Parse(address.Text);
            if (found.Count == 0) sections.Refuse(address.Position, $"'{address.Text}' is no address to listen on: write 127.0.0.1:25, [::1]:25, :25, unix:path or systemd:NAME");
            return found;
        }
        catch (Sdk.ConfigurationException error)
        {
            sections.Refuse(address.Position, error.Message);
            return [];
        }
    }

    /// <summary>As chmod takes it.</summary>
    private UnixFileMode? ReadMode(ParameterValue? given)
    {
        if (given is null or { Text: "" }) return null;
        if (given.Text.Length is 3 or 4 && given.Text.All(c => c is >= '0' and <= '7') && Convert.ToInt32(given.Text, 8) is <= 511 and var bits) return (UnixFileMode)bits;
        sections.Refuse(given.Position, $"mode: '{given.Text}' is no file mode such as 0660");
        return null;
    }

    private bool ReadTrust(ParameterValue? given)
    {
        var trusts = given is null ? false : Parameters.Truth(given.Text);
        if (trusts is null) sections.Refuse(given!.Position, $"trust_unix_clients: '{given.Text}' is neither yes nor no");
        return trusts ?? false;
    }

    private void RefuseSharedAddresses(List<ListenerSection> listeners)
    {
        var addresses = listeners.SelectMany(l => l.Further.Prepend(l.Address).Select(a => (Listener: l, Address: a)));
        foreach (var group in addresses.Where(l => l.Address is not IPEndPoint { Port: 0 }).GroupBy(l => l.Address.ToString()).Where(g => g.Count() > 1))
        {
            sections.Refuse(group.Last().Listener.Position, $"{group.Key} is the address of more than one listener: {string.Join(", ", group.Select(l => l.Listener.Name))}");
        }
    }
}
