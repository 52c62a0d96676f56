namespace PolicyMTA.Configuration;

/// <summary>Reads <c>[http.NAME]</c> and <c>[events.NAME]</c>.</summary>
internal sealed class EndpointReader(SectionReader reader, string root)
{
    public IReadOnlyDictionary<string, EndpointSection> Read(TomlNode.Table document, string section)
    {
        var endpoints = new Dictionary<string, EndpointSection>(StringComparer.Ordinal);
        var known = ConfigurationKeys.Endpoint.Select(key => key.Name).ToList();
        foreach (var (name, table, position) in reader.Named(document, section))
        {
            var values = reader.Values(table);
            foreach (var (unknown, value) in values.Where(value => !known.Contains(value.Key))) reader.Refuse(value.KeyPosition, $"unknown key '{unknown}'{Spelling.Suggest(unknown, known)}");
            var given = values.Where(value => known.Contains(value.Key)).ToDictionary();
            var parameters = Parameters.Create(root, ConfigurationKeys.Endpoint, given);
            reader.Check(parameters, given);
            if (!Uri.TryCreate(parameters.Text("url"), UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0)
            {
                reader.Refuse(values.GetValueOrDefault("url")?.Position ?? position, $"[{section}.{name}] needs a key 'url': http or https, without a password (token_file)");
                continue;
            }
            if (!PostfixDuration.TryParse(parameters.Text("timeout"), 's', out var timeout) || timeout <= TimeSpan.Zero) timeout = TimeSpan.FromSeconds(5);
            endpoints[name] = new EndpointSection(url, timeout, parameters.FilePath("token_file"), Math.Max(1, parameters.Int32("size_limit")));
        }
        return endpoints;
    }
}
