using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.Dmarc;

/// <summary>DNS whose first answer comes when the test gives it.</summary>
internal sealed class SilentDns : IDnsResolver
{
    public TaskCompletionSource<DnsAnswer<string>> Answer { get; } = new();

    public async ValueTask<DnsAnswer<string>> FindTxtAsync(string name, CancellationToken cancellationToken) => await Answer.Task.WaitAsync(cancellationToken);

    public ValueTask<DnsAnswer<IPAddress>> FindIpv4Async(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<IPAddress>> FindIpv6Async(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<MxRecord>> FindMxAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<string>> FindPtrAsync(IPAddress address, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<TlsaRecord>> FindTlsaAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();
}
