using PolicyMTA.Lookups.Wire;
using PolicyMTA.Sdk;

[assembly: Plugin<WirePlugin>]

namespace PolicyMTA.Lookups.Wire;

/// <summary>The table types <c>socketmap</c> (Postfix socketmap_table(5)) and <c>tcp</c> (tcp_table(5)), and the services that let other programs ask our tables.</summary>
public sealed class WirePlugin : IPlugin
{
    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddLookupTable("socketmap", (arguments, services) =>
        {
            var (server, name) = WireAddress.ParseSocketmap(arguments);
            return new WireTable(arguments.ToString(), new SocketmapExchange(name), new WireClient(server, services.Time));
        });
        registry.AddLookupTable("tcp", (arguments, services) =>
            new WireTable(arguments.ToString(), new TcpExchange(), new WireClient(WireAddress.ParseTcp(arguments), services.Time)));
        registry.AddConnectionService("socketmap", SocketmapServer.Open);
        registry.AddConnectionService("tcp_table", TcpTableServer.Open);
    }
}
