using System.Security.Cryptography.X509Certificates;
using PolicyMTA.Addressing;
using PolicyMTA.Configuration;
using PolicyMTA.Delivery;
using PolicyMTA.Delivery.Commands;
using PolicyMTA.PluginHost;
using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>Makes generations: everything is read, checked and made before anything is put in force, and every mistake is told at once.</summary>
internal sealed class GenerationBuilder(World world, PluginLoader loader, PluginLedger ledger)
{
    /// <summary>Makes a generation. What the one in force has of the same content is shared.</summary>
    public async Task<BuildResult> BuildAsync(GenerationSource source, Generation? inForce, CancellationToken cancellationToken)
    {
        var texts = Task.Run(() => PolicyTexts.Read(source.Configuration.Policy), cancellationToken);
        var scan = source.Plugins ?? await loader.ScanAsync(cancellationToken);
        var scope = new GenerationScope(world, source.Configuration, inForce?.Scope);
        var report = new BuildReport(source.Configuration);
        Generation? generation = null;
        try
        {
            generation = Build(scope, scan, await texts, report);
            return new BuildResult(generation, report.Errors, report.Warnings);
        }
        finally
        {
            if (generation is null) await scope.DisposeAsync();
        }
    }

    private Generation? Build(GenerationScope scope, PluginScan scan, PolicyTexts texts, BuildReport report)
    {
        var plugins = new PluginParts(loader, ledger, scope, report);
        // Without all plugins nobody can say which keys, tables and restrictions there are.
        if (!plugins.Load(scan)) return null;
        plugins.DeclareSettings();
        if (report.HasErrors) return null;
        var certificates = LoadCertificates(scope, report);
        var namedCertificates = LoadNamedCertificates(scope, report);
        var authorities = LoadAuthorities(scope, report);
        var areTablesOpen = OpenTables(scope, report);
        var authenticator = areTablesOpen ? MakeAuthenticator(scope, report) : null;
        var transports = MakeTransports(scope, report);
        var milters = areTablesOpen ? MilterParts.Obtain(scope, report) : [];
        var services = areTablesOpen ? MakeServices(scope, report) : [];
        var templates = BounceTemplatePart.Obtain(scope, report);
        // Mistakes in policies are told even when something else is wrong, unless they would only repeat it.
        if (!areTablesOpen) return null;
        RouteChecks.FindMistakes(scope, transports.Keys, report);
        // A table's file may have changed since the tables were opened.
        ForwardedSenders? senders = null;
        if (!report.Try(scope.Parameters.PositionOf(ForwardedSendersPart.SecretFile), () => senders = ForwardedSendersPart.Make(scope))) return null;
        if (!report.Try(scope.Configuration.File, () => scope.Book = AddressBookPart.Obtain(scope, senders).Value.Value)) return null;
        var book = scope.Parts.Find<PluginMade<AddressBook>>("addresses", "")!;
        if (new PolicyPart(scope, report).Obtain(texts, book) is not { } policies || report.HasErrors) return null;
        return new Generation(scope)
        {
            Manifest = ManifestWriter.Describe(scope, texts),
            PolicyTexts = texts,
            Policies = policies,
            Book = book.Value.Value,
            BounceTemplates = templates,
            Authenticator = authenticator,
            Transports = transports,
            Milters = milters,
            ConnectionServices = services,
            Spawned = MakeSpawned(scope),
            Certificates = certificates,
            NamedCertificates = namedCertificates,
            Authorities = authorities,
        };
    }

    private static Dictionary<string, X509Certificate2Collection> LoadAuthorities(GenerationScope scope, BuildReport report)
    {
        var authorities = new Dictionary<string, X509Certificate2Collection>(StringComparer.Ordinal);
        foreach (var listener in scope.Configuration.Listeners)
        {
            if (listener.Parameters.FilePath("smtpd_tls_CAfile") is not { } file || authorities.ContainsKey(file)) continue;
            report.Try(listener.Parameters.PositionOf("smtpd_tls_CAfile"), () => authorities[file] = CertificateFiles.LoadAuthorities(file));
        }
        foreach (var (name, parameters) in ClientKeys.Prefixes.SelectMany(prefix => Clients(scope).Select(parameters => ($"{prefix}_tls_CAfile", parameters))))
        {
            if (parameters.FilePath(name) is not { } file || authorities.ContainsKey(file)) continue;
            report.Try(parameters.PositionOf(name), () => authorities[file] = CertificateFiles.LoadAuthorities(file, name));
        }
        return authorities;
    }

    // What the clients are told: the whole server, then each transport with settings of its own.
    private static IEnumerable<Parameters> Clients(GenerationScope scope) => scope.Configuration.Transports.Values.OfType<TransportSection.Client>().Select(client => client.Parameters).Prepend(scope.Parameters);

    private static Dictionary<string, CertificateFiles> LoadNamedCertificates(GenerationScope scope, BuildReport report)
    {
        var certificates = new Dictionary<string, CertificateFiles>(StringComparer.Ordinal);
        foreach (var section in scope.Configuration.Certificates)
        {
            report.Try(section.Position, () => certificates[section.Name] = CertificateParts.Obtain(scope, section.CertificateFile, section.KeyFile));
        }
        return certificates;
    }

    private static Dictionary<string, CertificateFiles> LoadCertificates(GenerationScope scope, BuildReport report)
    {
        var certificates = new Dictionary<string, CertificateFiles>(StringComparer.Ordinal);
        foreach (var listener in scope.Configuration.Listeners.Where(l => l.Tls != Receiving.ListenerTls.None))
        {
            report.Try(listener.Parameters.PositionOf("smtpd_tls_cert_file"), () =>
            {
                if (CertificateParts.Obtain(scope, listener.Parameters) is { } certificate) certificates[listener.Name] = certificate;
            });
        }
        return certificates;
    }

    private static bool OpenTables(GenerationScope scope, BuildReport report)
    {
        var isGood = true;
        foreach (var (name, section) in scope.Configuration.Tables) isGood &= report.Try(section.Position, () => scope.Tables.Open(name));
        // A default names no table but by way of another parameter, whose own mistakes are told once.
        foreach (var definition in scope.Parameters.Definitions.Where(d => d.Kind is KeyKind.Tables or KeyKind.Domains && scope.Parameters.Given.ContainsKey(d.Name)))
        {
            foreach (var element in scope.Parameters.List(definition.Name))
            {
                var name = element.TrimStart('!');
                if (definition.Kind == KeyKind.Domains && (name.StartsWith('[') || !name.Contains(':', StringComparison.Ordinal))) continue;
                if (LocalTables.IsOwn(scope, definition.Name, name)) continue;
                isGood &= report.Try(scope.Parameters.PositionOf(definition.Name), () => scope.Tables.Open(name));
            }
        }
        foreach (var client in scope.Configuration.Transports.Values.OfType<TransportSection.Client>())
        {
            foreach (var name in client.Parameters.Given.Keys.Except(scope.Parameters.Given.Keys).Where(name => client.Parameters.FindDefinition(name)?.Kind == KeyKind.Tables))
            {
                foreach (var table in client.Parameters.List(name)) isGood &= report.Try(client.Parameters.PositionOf(name), () => scope.Tables.Open(table));
            }
        }
        return isGood & LocalTables.Check(scope, report);
    }

    private static IAuthenticator? MakeAuthenticator(GenerationScope scope, BuildReport report)
    {
        if (!scope.Configuration.Listeners.Any(l => l.Parameters.Boolean("smtpd_sasl_auth_enable"))) return null;
        var name = scope.Parameters.Text("smtpd_sasl_type");
        PluginServices? offered = null;
        try
        {
            var (plugin, create) = scope.Plugins.Get(d => d.Authenticators, "authenticator", name);
            return scope.Obtain("authenticator", name, "", plugin, services => create(offered = services)).Value.Value;
        }
        catch (ConfigurationException error)
        {
            report.Add(scope.Parameters.PositionOf(offered?.Dependencies.LastSetting ?? "smtpd_sasl_type"), error.Message);
            return null;
        }
    }

    private static Dictionary<string, IConnectionService> MakeServices(GenerationScope scope, BuildReport report)
    {
        var made = new Dictionary<string, IConnectionService>(StringComparer.Ordinal);
        foreach (var listener in scope.Configuration.Listeners.Where(l => l is { Service: not null, DelegatedPolicies: null }))
        {
            report.Try(listener.Position, () =>
            {
                var (plugin, create) = scope.Plugins.Get(d => d.ConnectionServices, "service", listener.Service!.Split(':')[0]);
                made[listener.Service] = scope.Obtain("service", listener.Service, "", plugin, services => create(listener.Service, services)).Value.Value;
            });
        }
        return made;
    }

    private static Dictionary<string, IConnectionService> MakeSpawned(GenerationScope scope) => scope.Configuration.Services.ToDictionary(
        section => section.Name,
        section => scope.Obtain("spawn", section.Name, Basis(section.Spawn), null, services => (IConnectionService)new SpawnedService(section.Spawn, services.Time, services.Logger)).Value.Value,
        StringComparer.Ordinal);

    private static string Basis(SpawnSettings spawn) => ContentHash.OfTexts([.. spawn.Command, "\n", spawn.User ?? "", spawn.Directory, $"{spawn.TimeLimit.Ticks} {spawn.ProcessLimit}"]);

    private static Dictionary<string, ITransport> MakeTransports(GenerationScope scope, BuildReport report)
    {
        var transports = new Dictionary<string, ITransport>(StringComparer.Ordinal);
        foreach (var plugin in scope.Plugins.Parts)
        {
            foreach (var (name, create) in plugin.Value.Declarations.Transports)
            {
                report.Try(plugin.Value.Assembly.Value.Source.SourcePath, () => transports[name] = scope.Obtain("transport", name, "", plugin, create).Value.Value);
            }
        }
        return transports;
    }
}
