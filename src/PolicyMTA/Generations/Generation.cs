using System.Security.Cryptography.X509Certificates;
using PolicyMTA.Addressing;
using PolicyMTA.Configuration;
using PolicyMTA.Delivery.Reports;
using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>Configuration, policies and plugins in force together. Lives until the last session and delivery that leased it is done.</summary>
internal sealed class Generation(GenerationScope scope) : IAsyncDisposable
{
    /// <summary>Its hash: the same content has the same.</summary>
    public string Hash => Manifest.Hash;
    /// <summary>What it is made of.</summary>
    public required GenerationManifest Manifest { get; init; }
    /// <summary>The texts of its policies, by path.</summary>
    public required PolicyTexts PolicyTexts { get; init; }
    /// <summary>The prepared policies.</summary>
    public required StagePolicies Policies { get; init; }
    /// <summary>The address classes.</summary>
    public required AddressBook Book { get; init; }

    /// <summary>How reports begin.</summary>
    public required BounceTemplates BounceTemplates { get; init; }
    /// <summary>Who checks logins; null when nobody may log in.</summary>
    public required IAuthenticator? Authenticator { get; init; }
    /// <summary>Transports of plugins.</summary>
    public required IReadOnlyDictionary<string, ITransport> Transports { get; init; }
    /// <summary>Milters by what the lists call them.</summary>
    public required IReadOnlyDictionary<string, IMilter> Milters { get; init; }
    /// <summary>Servers of other protocols by what listeners call them.</summary>
    public required IReadOnlyDictionary<string, IConnectionService> ConnectionServices { get; init; }
    /// <summary>Servers of <c>[services.NAME]</c>.</summary>
    public required IReadOnlyDictionary<string, IConnectionService> Spawned { get; init; }
    /// <summary>Certificates by the listeners that have one.</summary>
    public required IReadOnlyDictionary<string, CertificateFiles> Certificates { get; init; }
    /// <summary>Certificates by the names that clients ask for.</summary>
    public required IReadOnlyDictionary<string, CertificateFiles> NamedCertificates { get; init; }

    /// <summary>Who may sign clients' certificates, by the files that hold them.</summary>
    public required IReadOnlyDictionary<string, X509Certificate2Collection> Authorities { get; init; }

    /// <summary>What it holds.</summary>
    public GenerationScope Scope => scope;
    /// <summary>Its configuration.</summary>
    public MailConfiguration Configuration => scope.Configuration;
    /// <summary>Its parameters, those of plugins included.</summary>
    public Parameters Parameters => scope.Parameters;
    /// <summary>Its tables.</summary>
    public GenerationTables Tables => scope.Tables;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => scope.DisposeAsync();
}
