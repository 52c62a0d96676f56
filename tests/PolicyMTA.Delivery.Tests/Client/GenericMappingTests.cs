using System.Text;
using PolicyMTA.Addressing;
using PolicyMTA.Delivery.Client;
using PolicyMTA.Delivery.Routing;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Client;

public sealed class GenericMappingTests
{
    private static readonly AddressBook Book = new(new AddressBookSettings { MyOrigin = "corp.test", RelocatedMaps = [new FakeTable(("gone@corp.test", "gone@new.test"))] });

    private static readonly GenericMapping Generic = new(Book.Rewriting, [new FakeTable(("joe@corp.test", "joe@public.test"), ("@inner.test", "all@public.test"))], 10_240);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Envelope_and_fields_leave_with_public_addresses(bool isInMemory)
    {
        var content = new MemoryContent(Encoding.Latin1.GetBytes("Received: by joe@corp.test\r\nFrom: Joe\r\n <joe@corp.test>\r\nTo: ann@x.test\r\nSubject: joe@corp.test\r\n\r\nFrom: joe@corp.test\r\n"), isOnDisk: !isInMemory, splitAt: 40);
        var request = new DeliveryRequest(Post.Message(sender: "joe@corp.test") with { Content = content }, Post.To("any@inner.test", "ann@x.test"), "x.test");

        var mapped = await Generic.ApplyAsync(request, CancellationToken.None);

        Assert.Equal("joe@public.test", mapped.Message.Sender.ToString());
        Assert.Equal(["all@public.test", "ann@x.test"], mapped.Recipients.Select(r => r.Address.ToString()));
        Assert.Equal("any@inner.test", mapped.Recipients[0].Original?.ToString());
        const string Expected = "Received: by joe@corp.test\r\nFrom: Joe\r\n <joe@public.test>\r\nTo: ann@x.test\r\nSubject: joe@corp.test\r\n\r\nFrom: joe@corp.test\r\n";
        Assert.Equal(Expected, await ReadAsync(mapped.Message.Content));
        Assert.Equal(Expected.Length, mapped.Message.Content.Length);
        if (mapped.Message.Content.Segments is { } segments) Assert.Equal(Expected, string.Concat(segments.Select(s => Encoding.Latin1.GetString(s.Span))));
        Assert.Equal(isInMemory, mapped.Message.Content.Segments is not null);
    }

    [Fact]
    public async Task Content_without_such_an_address_is_the_one_that_was()
    {
        var request = new DeliveryRequest(Post.Message(), Post.To("ann@x.test"), "x.test");
        Assert.Same(request.Message.Content, (await Generic.ApplyAsync(request, CancellationToken.None)).Message.Content);
    }

    [Fact]
    public async Task Who_has_moved_gets_no_mail_whatever_the_transport_map_says()
    {
        var generation = new DeliveryGeneration { Hash = "test", Addresses = Book, Settings = Office.Settings() with { TransportMaps = [new FakeTable(("*", "smtp:[hop]"))] } };
        var route = await Router.FindAsync(generation, Address.Null, Post.To("gone@corp.test")[0], CancellationToken.None);
        Assert.Equal(("error", "5.1.6 User has moved to gone@new.test"), (route.Transport, route.NextHop));
    }

    [Theory]
    [InlineData(true, "smtp:[hop]")]
    [InlineData(false, "smtp:x.below.test")]
    public async Task Domain_stands_for_those_below_it_where_the_parameter_says_so(bool matches, string expected)
    {
        var generation = new DeliveryGeneration { Hash = "test", Addresses = Book, Settings = Office.Settings() with { TransportMaps = [new FakeTable(("below.test", "smtp:[hop]"))], TransportMapsMatchSubdomains = matches } };
        var route = await Router.FindAsync(generation, Address.Null, Post.To("a@x.below.test")[0], CancellationToken.None);
        Assert.Equal(expected, $"{route.Transport}:{route.NextHop}");
    }

    private static async Task<string> ReadAsync(IMessageContent content)
    {
        await using var stream = await content.OpenReadAsync(CancellationToken.None);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }
}
