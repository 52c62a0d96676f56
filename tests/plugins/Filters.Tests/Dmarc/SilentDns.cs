using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.Dmarc;

/// <summary>DNS that answers at once for one domain, and for others when the test says so.</summary>
internal sealed class SilentDns(string known = "") : IDnsResolver
{
    public TaskCompletionSource<DnsAnswer<string>> Answer { get; } = new();

    public async ValueTask<DnsAnswer<string>> FindTxtAsync(string name, CancellationToken cancellationToken) =>
        name == $"_dmarc.{known}" ? new DnsAnswer<string>(DnsStatus.Found, ["v=DMARC1; p=reject"]) : await Answer.Task.WaitAsync(cancellationToken);

    public ValueTask<DnsAnswer<IPAddress>> FindIpv4Async(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<IPAddress>> FindIpv6Async(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<MxRecord>> FindMxAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<string>> FindPtrAsync(IPAddress address, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<TlsaRecord>> FindTlsaAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<string>> FindNsAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();
}
