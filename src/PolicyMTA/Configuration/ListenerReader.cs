using System.Globalization;
using System.Net;
using System.Net.Sockets;
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
        var tls = ReadTls(own["tls"], parameters, position);
        var protocol = ReadProtocol(own["protocol"]);
        var at = own["address"]?.Position ?? position;
        if (own["address"] is not { } address)
        {
            sections.Refuse(position, $"[listeners.{name}] needs a key 'address'");
            return null;
        }
        if (ParseAddress(address.Text) is { } endPoint)
        {
            return new ListenerSection(name, endPoint, protocol, tls, own["policies"]?.Text ?? name, parameters, at);
        }
        sections.Refuse(at, $"'{address.Text}' is no address to listen on: write 127.0.0.1:25, [::1]:25, :25 or unix:path");
        return null;
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

    private EndPoint? ParseAddress(string text)
    {
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            var path = Path.GetFullPath(text["unix:".Length..], common.Root);
            // sockaddr_un has room for 108 bytes with the closing zero (unix(7)).
            return text.Length > "unix:".Length && System.Text.Encoding.UTF8.GetByteCount(path) < 108 ? new UnixDomainSocketEndPoint(path) : null;
        }
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)) return null;
        var host = text[..colon];
        if (host is "" or "*") return new IPEndPoint(IPAddress.IPv6Any, port);
        var isBracketed = host.StartsWith('[') && host.EndsWith(']');
        if (host.Contains(':', StringComparison.Ordinal) != isBracketed) return null;
        return IPAddress.TryParse(isBracketed ? host[1..^1] : host, out var address) && (isBracketed || host.Count(c => c == '.') == 3) ? new IPEndPoint(address, port) : null;
    }

    private void RefuseSharedAddresses(List<ListenerSection> listeners)
    {
        foreach (var group in listeners.Where(l => l.Address is not IPEndPoint { Port: 0 }).GroupBy(l => l.Address.ToString()).Where(g => g.Count() > 1))
        {
            sections.Refuse(group.Last().Position, $"{group.Key} is the address of more than one listener: {string.Join(", ", group.Select(l => l.Name))}");
        }
    }
}
