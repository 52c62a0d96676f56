using System.Net;
using PolicyMTA.Delivery;

namespace PolicyMTA.Configuration;

/// <summary>Reads <c>[pools.NAME]</c>.</summary>
internal sealed class PoolReader(SectionReader reader, string root)
{
    public IReadOnlyDictionary<string, SourcePool> Read(TomlNode.Table document)
    {
        var pools = new Dictionary<string, SourcePool>(StringComparer.Ordinal);
        var known = ConfigurationKeys.Pool.Select(key => key.Name).ToList();
        foreach (var (name, table, position) in reader.Named(document, "pools"))
        {
            var values = reader.Values(table);
            foreach (var (unknown, value) in values.Where(value => !known.Contains(value.Key))) reader.Refuse(value.KeyPosition, $"unknown key '{unknown}'{Spelling.Suggest(unknown, known)}");
            var given = values.Where(value => known.Contains(value.Key)).ToDictionary();
            var parameters = Parameters.Create(root, ConfigurationKeys.Pool, given);
            reader.Check(parameters, given);
            var addresses = new List<IPAddress>();
            foreach (var text in parameters.List("addresses"))
            {
                if (IPAddress.TryParse(text, out var address)) addresses.Add(address);
                else reader.Refuse(values["addresses"].Position, $"'{text}' is no IP address");
            }
            if (addresses.Count == 0) reader.Refuse(values.GetValueOrDefault("addresses")?.Position ?? position, $"[pools.{name}] needs a key 'addresses'");
            pools[name] = new SourcePool(addresses);
        }
        return pools;
    }
}
