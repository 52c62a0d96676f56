using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Composition;
using PolicyMTA.Configuration;
using PolicyMTA.Generations;
using PolicyMTA.PluginHost;
using PolicyMTA.Sdk;

namespace PolicyMTA.Tests.Generations;

/// <summary>A site in a temporary folder: configuration, policies, and the plugins that ship.</summary>
internal sealed class Site : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public Site()
    {
        Configure("");
        Policy("relay.js", "import { restrictions as r } from 'policymta';\nexport default [r.reject_unauth_destination()];\n");
    }

    public string Root => _folder.Path;

    public PluginLedger Ledger { get; } = new();

    public PluginLoader Loader => new(new PluginHostOptions
    {
        Folders = [Path.Combine(AppContext.BaseDirectory, "plugins"), _folder.File("plugins")],
        VersionsFolder = _folder.File(".versions"),
    });

    public MailServerOptions Options { get; set; } = new() { Logging = NullLoggerFactory.Instance, Dns = new NoDns() };

    public MailConfiguration Configuration
    {
        get
        {
            var result = ConfigurationLoader.Load(_folder.File("policymta.toml"));
            Assert.Empty(result.Errors);
            return result.Configuration!;
        }
    }

    public string File(string name) => _folder.File(name);

    public string Write(string name, string text) => _folder.Write(name, text);

    public void Configure(string parameters, string sections = "") => Write("policymta.toml", $$"""
        myhostname = "mx.example.test"
        smtpd_peername_lookup = false
        virtual_mailbox_domains = "inline:{ example.test=yes }"
        virtual_mailbox_maps = "texthash:mailboxes"
        {{parameters}}

        [listeners.smtp]
        address = "127.0.0.1:0"
        {{sections}}
        """ + MailboxesBeside());

    public void Policy(string name, string text) => Write($"policies/{name}", text);

    /// <summary>The plugins that ship, copied so that a test may take some away.</summary>
    public void CopyProgram()
    {
        var plugins = Path.Combine(AppContext.BaseDirectory, "plugins");
        foreach (var file in Directory.EnumerateFiles(plugins, "*", SearchOption.AllDirectories))
        {
            var copy = _folder.File(Path.Combine("program", "plugins", Path.GetRelativePath(plugins, file)));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            System.IO.File.Copy(file, copy);
        }
        Options = Options with { ProgramFolder = _folder.File("program") };
    }

    public void MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=mx.example.test", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        Write("cert.pem", certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
    }

    public Task<BuildResult> BuildAsync(Generation? inForce = null) => Builder().BuildAsync(new GenerationSource(Configuration), inForce, TestContext.Current.CancellationToken);

    public GenerationBuilder Builder() => new(World, Loader, Ledger);

    public World World => new(Options.Logging, Options.Time, Options.Dns!, null, new VerifierSlot(), new SubmissionSlot());

    public void Dispose() => _folder.Dispose();

    private string MailboxesBeside()
    {
        if (!System.IO.File.Exists(File("mailboxes"))) Write("mailboxes", "alice@example.test example.test/alice/\n");
        return "";
    }

    private sealed class NoDns : IDnsResolver
    {
        public ValueTask<DnsAnswer<IPAddress>> FindIpv4Async(string name, CancellationToken cancellationToken) => new(Fail<IPAddress>());
        public ValueTask<DnsAnswer<IPAddress>> FindIpv6Async(string name, CancellationToken cancellationToken) => new(Fail<IPAddress>());
        public ValueTask<DnsAnswer<MxRecord>> FindMxAsync(string name, CancellationToken cancellationToken) => new(Fail<MxRecord>());
        public ValueTask<DnsAnswer<string>> FindNsAsync(string name, CancellationToken cancellationToken) => new(Fail<string>());
        public ValueTask<DnsAnswer<string>> FindTxtAsync(string name, CancellationToken cancellationToken) => new(Fail<string>());
        public ValueTask<DnsAnswer<string>> FindPtrAsync(IPAddress address, CancellationToken cancellationToken) => new(Fail<string>());
        public ValueTask<DnsAnswer<TlsaRecord>> FindTlsaAsync(string name, CancellationToken cancellationToken) => new(Fail<TlsaRecord>());

        private static DnsAnswer<T> Fail<T>() => new(DnsStatus.Failure, []);
    }
}
